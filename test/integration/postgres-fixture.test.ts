/** The PostgreSQL that tests start: it keeps its data over a crash, and leaves nothing behind. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresMissing, startPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe.skipIf(missing !== null)('a PostgreSQL of a test', () => {
  it('keeps its data when it is killed, asks for its password and sorts as a language does', async () => {
    const server = await startPostgres();
    try {
      await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS number');
      server.kill();
      await server.up();
      expect(await ask(server.url, 'SELECT number FROM kept')).toEqual([7]);
      await server.restart('immediate');
      expect(await ask(server.url, 'SELECT number FROM kept')).toEqual([7]);
      const wrong = server.url.replace(server.password, 'wrong');
      await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
      expect(await ask(server.url, "SELECT * FROM (VALUES ('Z'), ('a')) t ORDER BY 1")).toEqual([
        'a',
        'Z',
      ]);
      expect(server.newSchema()).not.toBe(server.newSchema());
    } finally {
      await server.stop();
    }
    expect(existsSync(dirname(server.data))).toBe(false);
    await expect(ask(server.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends, and its folder with it, when the test is killed', async () => {
    const fixture = fileURLToPath(new URL('../fixtures/postgres.ts', import.meta.url));
    const program = `
      import { startPostgres } from ${JSON.stringify(fixture)};
      const { data, port } = await startPostgres();
      console.log(JSON.stringify({ data, port }));
      setInterval(() => {}, 1000);`;
    const words = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const child = execFile(process.execPath, words);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout!.once('data', (text) => resolve(String(text)));
      child.once('exit', () => reject(new Error('it ended before it said where it runs')));
    });
    child.removeAllListeners('exit');
    const { data } = JSON.parse(line) as { data: string };
    expect(existsSync(data)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(dirname(data))).toBe(false);
  });
});
