/** A server over PostgreSQL, as the command line starts it: what it does while the store is gone, and who sees its password. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const root = fileURLToPath(new URL('../..', import.meta.url));
let server: TestPostgres;
let folder: string;
let url: string;

/** Starts a command with the address of the store among its arguments. */
function start(...words: readonly string[]) {
  const all = [join('dist', 'cli', 'main.js'), ...words, '--home', join(folder, 'home')];
  const child = spawn(process.execPath, [...all, '--store', url], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, exited: once(child, 'exit'), output: () => output };
}

async function run(...words: readonly string[]): Promise<string> {
  const { exited, output } = start(...words);
  const [code] = await exited;
  expect(code, output()).toBe(0);
  return output();
}

/** What other users of the machine see of processes: their arguments. */
function argumentsOfAll(): string {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        // It has ended.
        return '';
      }
    })
    .join('\n');
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
}

const json = (body: unknown) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

describe.skipIf(missing !== null)('a server over PostgreSQL', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-pg-serving-'));
    server = await startPostgres();
    url = `${server.newSchema()}&application_name=shop`;
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('serves baskets while the store is gone, comes back, and shows its password nowhere', async () => {
    const { password } = server;
    const outputs = [await run('import', 'sample'), await run('train', '--model', 'ease')];
    outputs.push(await run('evaluate'), await run('runs'), await run('doctor'));
    const served = start('serve', '--port', '0', '--workers', '2');
    try {
      const address = async () => /on (http:\S+)/.exec(served.output())?.[1];
      await expect.poll(address, { timeout: 90_000 }).toBeDefined();
      const base = await address();
      const ask = async (path: string, init?: RequestInit) => {
        const response = await fetch(`${base}${path}`, {
          ...init,
          headers: { ...init?.headers, Connection: 'close' },
        });
        const text = await response.text();
        expect(text).not.toContain(password);
        return { status: response.status, wait: response.headers.get('Retry-After'), text };
      };
      /** The first answer with a status: each of the two processes notices by itself that the store is gone, or back. */
      const answered = async (status: number, again: () => ReturnType<typeof ask>) => {
        let last = await again();
        await expect
          .poll(async () => {
            if (last.status !== status) last = await again();
            return last.status;
          })
          .toBe(status);
        return last;
      };
      const ready = () => ask('/health/ready').then(({ status }) => status);
      await expect.poll(ready).toBe(200);
      if (existsSync('/proc')) expect(argumentsOfAll()).not.toContain(password);
      const event = (key: string) => json({ events: [{ key, userId: '1', itemId: '229' }] });
      expect(await ask('/feedback', event('first'))).toMatchObject({ status: 201 });
      expect(await ask('/recommend/1?n=3')).toMatchObject({ status: 200 });

      server.kill();
      await expect.poll(ready).toBe(503);
      const basket = () => ask('/recommend', json({ items: ['229'], n: 3 }));
      expect(await basket()).toMatchObject({ status: 200 });
      for (const again of [
        () => ask('/recommend/1?n=3'),
        () => ask('/feedback', event('second')),
        () => ask('/users/1'),
      ]) {
        const refused = await answered(503, again);
        expect(Number(refused.wait)).toBeGreaterThan(0);
        expect(refused.text).not.toContain('127.0.0.1');
      }

      await server.up();
      await expect.poll(ready).toBe(200);
      await answered(200, () => ask('/recommend/1?n=3'));
      const again = await answered(201, () => ask('/feedback', event('first')));
      expect(again.text).toContain('repeated');
    } finally {
      served.child.kill('SIGTERM');
      await served.exited;
    }
    outputs.push(served.output());
    for (const text of [...outputs, ...filesBelow(folder)]) expect(text).not.toContain(password);
    expect(outputs.join('')).toContain('postgres://multvae@127.0.0.1');
  }, 300_000);
});
