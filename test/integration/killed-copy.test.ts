/** A copy that is killed leaves its target whole, or as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { copyHome } from '../../src/home/copy/copy-home.js';
import { contentsAt, homeOf01, richHome } from '../fixtures/copied-homes.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const script = fileURLToPath(new URL('../fixtures/copy-until-killed.mjs', import.meta.url));
const kills = 4;

let server: TestPostgres;
let folder: string;

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.skipIf(missing !== null)(
  `leaves a target whole or as it was when it is killed, at ${kills} moments a way`,
  async () => {
    const home = await richHome(folder, 'rich', 3000);
    cpSync(join(homeOf01, 'runs'), join(home, 'runs'), { recursive: true });
    const whole = await contentsAt(home);
    const source = server.newSchema();
    const begin = performance.now();
    await copyHome(home, source);
    const durationMs = performance.now() - begin;
    const url = server.newSchema();
    let killed = 0;
    for (let k = 0; k < 2 * kills; k++) {
      const [from, to] = k % 2 === 0 ? [home, url] : [source, join(folder, 'target')];
      // A new process is slower than this one. The first is killed at once, so at least one is on any machine.
      if (await killAfter(from, to, (k / (2 * kills)) * 1.4 * durationMs)) killed++;
      const state = await contentsAt(to).catch((error) => error);
      if (state instanceof Error) expect(state.message).toMatch(/there is no data set/);
      else if (state.counts.dataset === 1) expect(state).toEqual(whole);
      else expect(state.counts).toMatchObject({ users: 0, items: 0, feedback: 0, rules: 0 });
    }
    expect(killed).toBeGreaterThan(0);
    for (const [from, to] of [
      [home, url],
      [source, join(folder, 'target')],
    ] as const) {
      await copyHome(from, to, { replace: true });
      expect(await contentsAt(to)).toEqual(whole);
    }
    expect(readdirSync(join(folder, 'target')).sort()).toEqual(['multvae.db', 'runs']);
    expect(readdirSync(folder).filter((name) => name.includes('copying'))).toEqual([]);
  },
  300_000,
);

/** Starts a copy and kills it `delayMs` after it begins. Gives whether that ended it. */
async function killAfter(from: string, to: string, delayMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [script, from, to], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [, signal] = await closed;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}
