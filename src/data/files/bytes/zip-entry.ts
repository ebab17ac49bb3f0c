/** The one data file in a zip archive. */
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { ArchiveFault } from './archive-fault.js';
import type { Pieces } from './byte-reader.js';
import { inflatedPieces } from './inflation.js';

const stored = 0;
const deflated = 8;

/** How many names of files a message shows. */
const maxShown = 10;

/** Files that programs add to an archive, and that nobody gave it. */
const additions = /(^|\/)(\.[^/]*|__MACOSX\/.*|Thumbs\.db|desktop\.ini)$/i;

/**
 * The content of the one file in a zip archive.
 *
 * @param path - the archive, as messages name it
 * @param storedAt - where it lies
 * @throws DataError when it holds several files; ArchiveFault when it cannot be unpacked
 */
export async function zipPieces(path: string, storedAt: string): Promise<Pieces> {
  const zip = await openPromise(storedAt, { autoClose: false, strictFileNames: false });
  try {
    const entry = await oneEntry(path, zip);
    if (entry.isEncrypted()) throw new ArchiveFault('what it holds is encrypted');
    const { compressionMethod: method } = entry;
    if (method !== stored && method !== deflated) {
      throw new ArchiveFault(`it is packed by method ${method}, where deflate (8) is known`);
    }
    const stream = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    let bytesRead = 0;
    async function* packed(): AsyncGenerator<Uint8Array> {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        bytesRead += piece.length;
        yield piece;
      }
    }
    return { pieces: checkedPieces(zip, entry, packed()), bytesRead: () => bytesRead };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** The entry of the file that is meant. */
async function oneEntry(path: string, zip: ZipFile): Promise<Entry> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith('/') && !additions.test(entry.fileName)) entries.push(entry);
  }
  if (entries.length === 0) throw new ArchiveFault('it holds no file');
  // A note about the data, as archives of public data have it, is no second data file.
  const data = entries.filter(({ fileName }) => !/(^|\/)(readme|license)[^/]*$/i.test(fileName));
  const found = data.length === 0 ? entries : data;
  if (found.length === 1) return found[0]!;
  const names = found.slice(0, maxShown).map(({ fileName }) => fileName);
  if (found.length > maxShown) names.push('…');
  throw DataError.because({ file: path }, remedies.severalInArchive({ path, names }));
}

/** Checks the length and the checksum at the end. */
async function* checkedPieces(
  zip: ZipFile,
  entry: Entry,
  packed: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let length = 0;
  const unpacked =
    entry.compressionMethod === stored ? packed : inflatedPieces(packed, createInflateRaw());
  try {
    for await (const piece of unpacked) {
      sum = crc32(piece, sum);
      length += piece.length;
      yield piece;
    }
  } finally {
    zip.close();
  }
  if (length !== entry.uncompressedSize) {
    throw new ArchiveFault('its file has another length than its directory says');
  }
  if (sum !== entry.crc32) throw new ArchiveFault('the checksum of its file differs');
}
