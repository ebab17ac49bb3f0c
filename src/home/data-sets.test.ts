/** Names of data sets that come from published ones and from files, and downloads of one by two. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BusyError } from '../errors.js';
import { fetchByName, importSource } from './data-sets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-data-sets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a published data set brings its name, but neither to other data nor to those that follow it', async () => {
  const mine = join(folder, 'mine.csv');
  writeFileSync(mine, 'userId,movieId,rating\na,1,5\n');
  const nameAfter = async (source: string, options: Parameters<typeof importSource>[2] = {}) =>
    (await importSource(join(folder, 'home'), source, options)).dataset.name;
  expect(await nameAfter(mine)).toBe('mine');
  expect(await nameAfter('sample', { append: true })).toBe('mine');
  expect(await nameAfter('sample', { replace: true })).toBe('sample');
  expect(await nameAfter(mine, { replace: true })).toBe('mine');
  expect(await nameAfter('sample', { replace: true, name: 'other' })).toBe('other');
});

it('two downloads of a data set never write the same file', async () => {
  const server = createServer();
  const home = join(folder, 'fetching');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = once(server, 'request');
  const first = fetchByName(home, 'ml-latest', { mirror });
  const refused = expect(first).rejects.toThrow(/answered 404/);
  const [, response] = (await asked) as [unknown, ServerResponse];
  const second = fetchByName(home, 'ml-latest', { mirror });
  await expect(second).rejects.toThrow(BusyError);
  await expect(second).rejects.toThrow(
    /^this process, since .* downloads ml-latest into this home/,
  );
  response.writeHead(404).end();
  await refused;
  // The lock ends with the download, also with one that failed.
  server.once('request', (_request, next: ServerResponse) => next.writeHead(404).end());
  await expect(fetchByName(home, 'ml-latest', { mirror })).rejects.toThrow(/answered 404/);
  server.closeAllConnections();
  server.close();
});
