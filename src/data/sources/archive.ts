/** Unpacks the archives of data sets. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { DownloadError, quote } from '../../errors.js';
import { storageError, storageFault } from '../../storage/faults.js';

/** More than any archive of MovieLens holds. A larger one is not one of them. */
const maxBytes = 8 * 2 ** 30;
const maxEntries = 10_000;

/**
 * Unpacks a zip archive into an empty folder. A single folder around all files of the archive is left out.
 *
 * It writes nothing outside of the folder and makes no links. No entry may be larger than it declares, and all of them
 * together may not be larger than `limit`.
 *
 * @param limit - bytes after unpacking
 * @throws DownloadError when the archive is damaged or breaks one of these rules
 */
export async function unpackZip(
  archive: string,
  folder: string,
  limit: number = maxBytes,
): Promise<void> {
  try {
    const entries = await listEntries(archive, limit);
    const wrapper = commonFolder(entries.map((entry) => entry.fileName));
    const zip = await openPromise(archive, { strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      const target = resolve(folder, entry.fileName.slice(wrapper.length));
      if (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep)) {
        throw new Error(`${quote(entry.fileName)} lies outside of its folder`);
      }
      if (entry.fileName.endsWith('/')) {
        await mkdir(target, { recursive: true });
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      // Flushed to disk, so that a power cut cannot damage a folder that already has its final name.
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(target, { flags: 'wx', flush: true }),
      );
    }
  } catch (cause) {
    if (storageFault(cause) !== null) {
      throw storageError(`${folder} cannot be written`, cause, {
        path: folder,
        afterwards: 'run the command again',
      });
    }
    throw new DownloadError(
      `${archive} cannot be unpacked (${(cause as Error).message}); no file of it was kept`,
      { cause },
    );
  }
}

/** Checks every entry before the first one is written. */
async function listEntries(archive: string, limit: number): Promise<Entry[]> {
  const zip = await openPromise(archive, { strictFileNames: true });
  const entries: Entry[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const mode = (entry.externalFileAttributes >>> 16) & 0o170000;
    if (mode === 0o120000) throw new Error(`${quote(entry.fileName)} is a symbolic link`);
    if (entry.isEncrypted()) throw new Error(`${quote(entry.fileName)} is encrypted`);
    total += entry.uncompressedSize;
    if (total > limit) throw new Error(`it would unpack to more than ${limit} bytes`);
    entries.push(entry);
    if (entries.length > maxEntries) throw new Error(`it has more than ${maxEntries} entries`);
  }
  if (entries.length === 0) throw new Error('it is empty');
  return entries;
}

/** The folder around all files, such as `ml-1m/`; '' when there is none. */
function commonFolder(names: readonly string[]): string {
  const first = names[0]!;
  const folder = first.slice(0, first.indexOf('/') + 1);
  return names.every((name) => name.startsWith(folder)) ? folder : '';
}
