/** Fetching a published data set: checksums, mirrors and archives. */

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ZipEntry, zipOf } from '../../../test/fixtures/zip.js';
import { ArgumentError, DownloadError, VerifyError } from '../../errors.js';
import { unpackZip } from './archive.js';
import { datasetFolder, publishedDataset, resolveSource } from './datasets.js';
import { fetchDataset } from './fetch.js';

// `ml-latest` has no fixed checksum, so a test archive can replace it.
const name = 'ml-latest';
const ratings = `userId,movieId,rating,timestamp\n${'1,2,3.0,4\n'.repeat(50_000)}`;
const archive = zipOf([
  { name: 'ml-latest/', content: '', mode: 0o040755 },
  { name: 'ml-latest/ratings.csv', content: ratings },
  { name: 'ml-latest/README.txt', content: 'licence' },
]);

let home: string;
let server: Server;
let mirror: string;
let requests: { url: string; range: string | undefined }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

function serveArchive(request: IncomingMessage, response: ServerResponse, bytes = archive): void {
  if (request.url!.endsWith('.md5')) {
    response.end(`${createHash('md5').update(archive).digest('hex')}  ${name}.zip\n`);
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': part.length,
    ...(start > 0 && {
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    }),
  });
  response.end(part);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'multvae-fetch-'));
  requests = [];
  answer = serveArchive;
  server = createServer((request, response) => {
    requests.push({ url: request.url!, range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(home, { recursive: true });
});

const downloads = () => readdirSync(join(home, 'downloads')).sort();
const cutArchive = (request: IncomingMessage, response: ServerResponse) => {
  if (request.url!.endsWith('.md5')) return serveArchive(request, response);
  response.writeHead(200, { 'content-length': archive.length });
  return response.write(archive.subarray(0, 1000), () => response.destroy());
};

describe('fetchDataset', () => {
  it('downloads, verifies and unpacks, without the folder around the files', async () => {
    let last: unknown[] = [];
    const onProgress = (...progress: unknown[]) => {
      last = progress;
    };
    const { folder, verifiedBy } = await fetchDataset(home, name, { mirror, onProgress });
    expect(verifiedBy).toBe('MD5 (published beside the archive)');
    expect(readFileSync(join(folder, 'ratings.csv'), 'utf8')).toBe(ratings);
    expect(last).toEqual([archive.length, archive.length]);
    expect(downloads()).toEqual([name]);
    expect(resolveSource(home, name)).toEqual({ path: folder, name });
    const before = requests.length;
    expect((await fetchDataset(home, name, { mirror })).verifiedBy).toBeNull();
    expect(requests.length).toBe(before);
  });

  it('resumes an interrupted download', async () => {
    answer = cutArchive;
    const broken = fetchDataset(home, name, { mirror });
    await expect(broken).rejects.toThrow(DownloadError);
    await expect(broken).rejects.toThrow(/run the command again to resume/);
    expect(downloads()).not.toContain(name);
    expect(() => resolveSource(home, name)).toThrow(/multvae fetch ml-latest/);
    // The network decides how much of an interrupted response reaches the disk. Here it is all that was sent.
    writeFileSync(join(home, 'downloads', `${name}.zip.part`), archive.subarray(0, 1000));
    answer = serveArchive;
    const progress: unknown[][] = [];
    const onProgress = (...values: unknown[]) => progress.push(values);
    const { folder } = await fetchDataset(home, name, { mirror, onProgress });
    expect(progress.at(-1)).toEqual([archive.length, archive.length]);
    expect(Number(progress[0]![0])).toBeGreaterThan(1000);
    expect(requests.at(-1)).toEqual({ url: '/data/ml-latest.zip', range: 'bytes=1000-' });
    expect(readFileSync(join(folder, 'ratings.csv'), 'utf8')).toBe(ratings);
  });

  it.each([
    ['does not know ranges', 1000, 0],
    ['gives another range', 1000, 1],
    ['has nothing more', archive.length, 2],
    ['has another edition of the first half', 1000, 3],
  ])('starts again where the server %s', async (_, have, way) => {
    await mkdir(join(home, 'downloads'));
    const stale = Buffer.from(archive.subarray(0, have));
    if (way >= 2) stale[10]! ^= 1;
    writeFileSync(join(home, 'downloads', `${name}.zip.part`), stale);
    answer = (request, response) => {
      if (request.headers.range === undefined || way === 3) return serveArchive(request, response);
      if (way === 0) return response.end(archive);
      if (way === 1) {
        return response
          .writeHead(206, { 'content-range': 'bytes 0-9/99' })
          .end(archive.subarray(0, 10));
      }
      return response.writeHead(416).end();
    };
    let last: unknown[] = [];
    const onProgress = (...progress: unknown[]) => {
      last = progress;
    };
    const { folder } = await fetchDataset(home, name, { mirror, onProgress });
    expect(last).toEqual([archive.length, way === 0 ? last[1] : archive.length]);
    expect(readFileSync(join(folder, 'README.txt'), 'utf8')).toBe('licence');
    expect(downloads()).toEqual([name]);
  });

  it('deletes an archive that is not the published one', async () => {
    const other = zipOf([{ name: 'ratings.csv', content: 'other' }]);
    answer = (request, response) => serveArchive(request, response, other);
    await expect(fetchDataset(home, name, { mirror })).rejects.toThrow(VerifyError);
    expect(downloads()).toEqual([]);
    await expect(fetchDataset(home, 'ml-1m', { mirror })).rejects.toThrow(
      /SHA-256 is .* not a6898a/,
    );
    expect(downloads()).toEqual([]);
  });

  it('reports errors of the server and the network', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await expect(fetchDataset(home, name, { mirror })).rejects.toThrow(/answered 404 Not Found;/);
    answer = (_, response) => response.writeHead(599, ' ').end();
    await expect(fetchDataset(home, name, { mirror })).rejects.toThrow(/answered 599; check --m/);
    answer = (_, response) => response.writeHead(404).end();
    await expect(fetchDataset(home, 'ml-1m', { mirror })).rejects.toThrow(/answered 404/);
    answer = (_, response) => response.end('no sum');
    await expect(fetchDataset(home, name, { mirror })).rejects.toThrow(/holds no MD5/);
    answer = (_, response) => response.destroy();
    await expect(fetchDataset(home, 'ml-1m', { mirror })).rejects.toThrow(
      /could not be downloaded/,
    );
    await expect(fetchDataset(home, 'ml-1m', { mirror: 'ftp://x' })).rejects.toThrow(ArgumentError);
    await expect(fetchDataset(home, 'ml-2m', { mirror })).rejects.toThrow(
      /choose one of sample, ml-/,
    );
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says that the disk is full (where there is /dev/full)',
    async () => {
      await mkdir(join(home, 'downloads'));
      const part = join(home, 'downloads', `${name}.zip.part`);
      symlinkSync('/dev/full', part);
      const fetching = fetchDataset(home, name, { mirror });
      await expect(fetching).rejects.toMatchObject({ fault: 'full', exitCode: 3 });
      await expect(fetching).rejects.toThrow(/zip.part cannot be written: .*again to resume/);
      expect(downloads()).toEqual([`${name}.zip.part`]);
    },
  );

  it('stops when its signal aborts', async () => {
    const controller = new AbortController();
    answer = (request, response) => {
      if (request.url!.endsWith('.md5')) return serveArchive(request, response);
      response.writeHead(200, { 'content-length': archive.length });
      return response.write(archive.subarray(0, 1000));
    };
    const reason = new Error('stopped');
    const fetching = fetchDataset(home, name, {
      mirror,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(fetching).rejects.toBe(reason);
    expect(downloads()).not.toContain(name);
  });

  it('finds the sample without a download', async () => {
    const { folder, verifiedBy } = await fetchDataset(home, 'sample');
    expect([folder, verifiedBy]).toEqual([datasetFolder(home, publishedDataset('sample')), null]);
    expect(existsSync(join(folder, 'ratings.csv'))).toBe(true);
  });
});

describe('unpackZip', () => {
  const unpack = async (entries: ZipEntry[], limit?: number) => {
    const path = join(home, 'test.zip');
    const folder = join(home, 'out');
    writeFileSync(path, zipOf(entries));
    await mkdir(folder);
    await unpackZip(path, folder, limit);
    return readdirSync(folder, { recursive: true }).sort();
  };

  it('keeps a folder that does not hold all files', async () => {
    const entries = [
      { name: 'a/b.txt', content: '1' },
      { name: 'c.txt', content: '2' },
    ];
    expect(await unpack(entries)).toEqual(['a', 'a/b.txt', 'c.txt']);
  });

  it('makes the folders that the archive names, also those of no file', async () => {
    const entries = [
      { name: 'top/', content: '' },
      { name: 'top/a/b/', content: '' },
      { name: 'top/c/d.txt', content: '1' },
      { name: 'top/c/', content: '' },
    ];
    expect(await unpack(entries)).toEqual(['a', 'a/b', 'c', 'c/d.txt']);
  });

  it.each<[string, ZipEntry, RegExp]>([
    ['a path upwards', { name: 'x/../../evil', content: '' }, /invalid relative path/],
    ['an absolute path', { name: '/tmp/evil', content: '' }, /absolute path/],
    ['a backslash', { name: 'x\\evil', content: '' }, /invalid characters/],
    ['a link', { name: 'x/link', content: '/etc', mode: 0o120777 }, /symbolic link/],
    ['a bomb', { name: 'x/bomb', content: Buffer.alloc(1 << 20) }, /more than 100000 bytes/],
    [
      'an entry larger than it says',
      { name: 'x/bomb', content: Buffer.alloc(1 << 20), declaredSize: 10 },
      /too many bytes/,
    ],
  ])('refuses %s', async (_, entry, message) => {
    const entries = [{ name: 'x/good', content: 'good' }, entry];
    await expect(unpack(entries, 100_000)).rejects.toThrow(message);
    expect(existsSync(join(home, 'evil'))).toBe(false);
  });

  it('refuses a file that is not a zip archive', async () => {
    const path = join(home, 'page.zip');
    writeFileSync(path, '<html>');
    await expect(unpackZip(path, home)).rejects.toThrow(DownloadError);
  });
});
