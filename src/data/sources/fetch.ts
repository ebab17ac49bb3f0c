/** Downloads data sets and checks them. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArgumentError, DownloadError, VerifyError } from '../../errors.js';
import { syncFolder } from '../../storage/durable-files.js';
import { storageError, storageFault } from '../../storage/faults.js';
import { makeHomeFolder } from '../home.js';
import { unpackZip } from './archive.js';
import { type Checksum, datasetFolder, publishedDataset, publisherUrl } from './datasets.js';

/** How to fetch a data set. */
export interface FetchOptions {
  /** The URL of the folder of NAME.zip, and of NAME.zip.md5 where that is needed. Default: GroupLens. */
  readonly mirror?: string;
  /** @param total - null when the server does not say */
  readonly onProgress?: (bytes: number, total: number | null) => void;
  /** Stops the download. The next call resumes it. */
  readonly signal?: AbortSignal;
}

/** The result of a fetch. */
export interface FetchResult {
  readonly folder: string;
  /** The checksum that verified the archive; null when the data set was present already. */
  readonly verifiedBy: string | null;
}

/**
 * Downloads, verifies and unpacks a data set into `<home>/downloads/<name>`.
 *
 * The folder appears only when it is complete. An interrupted download stays as `<name>.zip.part`, and the next call
 * resumes it, or starts again where the server cannot resume.
 *
 * @throws ArgumentError for an unknown name
 * @throws HomeError when the home's folder cannot be made
 * @throws DownloadError when the server or the network fails, or the archive cannot be unpacked
 * @throws VerifyError when the archive is not the published one; it is deleted
 */
export async function fetchDataset(
  home: string,
  name: string,
  options: FetchOptions = {},
): Promise<FetchResult> {
  const dataset = publishedDataset(name);
  const folder = datasetFolder(home, dataset);
  if (dataset.checksum === null || existsSync(folder)) return { folder, verifiedBy: null };
  const url = `${mirrorUrl(options.mirror ?? publisherUrl)}/${name}.zip`;
  const downloads = join(home, 'downloads');
  const part = join(downloads, `${name}.zip.part`);
  const unpacking = join(downloads, `.${name}.unpacking`);
  makeHomeFolder(downloads);
  const { hex, verifiedBy } = await expectedHash(url, dataset.checksum, options.signal);
  const resumed = await download(url, part, options);
  let actual = await hashFile(part, dataset.checksum.algorithm);
  if (actual !== hex && resumed) {
    // The first part may come from another edition of the archive.
    await rm(part);
    await download(url, part, options);
    actual = await hashFile(part, dataset.checksum.algorithm);
  }
  if (actual !== hex) {
    await rm(part);
    throw new VerifyError(
      `${url} is not the published ${name}: its ${verifiedBy} is ${actual}, not ${hex}; it was deleted; try again or use another --mirror`,
    );
  }
  try {
    await rm(unpacking, { recursive: true, force: true });
    await mkdir(unpacking);
    await unpackZip(part, unpacking);
    await rename(unpacking, folder);
    syncFolder(downloads);
  } finally {
    await rm(unpacking, { recursive: true, force: true });
    await rm(part, { force: true });
  }
  return { folder, verifiedBy };
}

function mirrorUrl(mirror: string): string {
  if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
    throw new ArgumentError(`--mirror is ${JSON.stringify(mirror)}; give an http or https address`);
  }
  return mirror.replace(/\/+$/, '');
}

async function expectedHash(
  url: string,
  { algorithm, hex }: Checksum,
  signal: AbortSignal | undefined,
): Promise<{ hex: string; verifiedBy: string }> {
  if (hex !== null) return { hex, verifiedBy: algorithm === 'md5' ? 'MD5' : 'SHA-256' };
  const response = await request(`${url}.md5`, {}, signal);
  if (!response.ok) throw badStatus(`${url}.md5`, response);
  const found = /\b[0-9a-f]{32}\b/i.exec(await response.text());
  if (found)
    return { hex: found[0].toLowerCase(), verifiedBy: 'MD5 (published beside the archive)' };
  throw new VerifyError(`${url}.md5 holds no MD5 checksum; try again or use another --mirror`);
}

async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await fetch(url, signal ? { headers, signal } : { headers });
  } catch (cause) {
    throw networkError(url, cause, signal);
  }
}

function networkError(url: string, cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const error = cause as Error & { cause?: Error };
  return new DownloadError(
    `${url} could not be downloaded (${error.cause?.message || error.message}); check the network, then run the command again to resume`,
    { cause },
  );
}

function badStatus(url: string, response: Response): DownloadError {
  return new DownloadError(
    `${url} answered ${response.status} ${response.statusText}`.trimEnd() +
      '; check --mirror or try again later',
  );
}

/** Completes the partial file. Returns whether it resumed an earlier download. */
async function download(url: string, part: string, options: FetchOptions): Promise<boolean> {
  const { signal, onProgress } = options;
  let have = existsSync(part) ? statSync(part).size : 0;
  let response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, signal);
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  if (
    have > 0 &&
    (response.status === 416 || (response.status === 206 && range?.[1] !== `${have}`))
  ) {
    // The server has nothing more, or sends another range: the partial file cannot be trusted.
    await response.body?.cancel();
    have = 0;
    response = await request(url, {}, signal);
  }
  if (!response.ok || response.body === null) throw badStatus(url, response);
  const resumed = response.status === 206;
  if (!resumed) have = 0;
  const length = response.headers.get('content-length');
  const total = length === null ? null : have + Number(length);
  let bytes = have;
  const counted = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      bytes += chunk.length;
      onProgress?.(bytes, total);
      yield chunk;
    }
  };
  const file = await open(part, resumed ? 'a' : 'w').catch((cause: Error) => {
    throw partError(part, cause);
  });
  try {
    await pipeline(
      Readable.fromWeb(response.body as import('node:stream/web').ReadableStream),
      counted,
      file.createWriteStream(),
    );
  } catch (cause) {
    if (isOfFile(cause)) throw partError(part, cause);
    throw networkError(url, cause, signal);
  } finally {
    // A pipeline that fails does not wait for pending writes.
    await file.close();
  }
  if (total !== null && bytes !== total) {
    throw new DownloadError(
      `${url} broke off after ${bytes} of ${total} bytes; run the command again to resume`,
    );
  }
  return resumed;
}

/** Whether the system refused to write, and not the network to read. */
function isOfFile(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'write' && storageFault(error) !== null;
}

/** The error for the partial file, which stays: the next download resumes it. */
function partError(part: string, cause: unknown): unknown {
  return storageError(`${part} cannot be written`, cause, {
    path: part,
    afterwards: 'run the command again to resume',
  });
}

async function hashFile(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
