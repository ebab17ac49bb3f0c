/** Tells by its first bytes what a file is that is no text in UTF-8, and what to do with it. */
import { isUtf8 } from 'node:buffer';
import type { Remedy } from '../../../errors.js';
import { remedies } from '../../../remedies.js';

/** How many bytes of a file show its kind. */
export const bytesOfKind = 4096;

/** What a kind of file needs before it can be imported. */
type Need = 'unpack' | 'table' | 'spreadsheet' | 'database' | 'source';

interface Kind {
  readonly name: string;
  readonly need: Need;
  readonly magic: string;
  /** Where the magic bytes are. Default: at the beginning. */
  readonly at?: number;
}

/** The kinds that begin with bytes of their own, as Latin-1. */
const kinds: readonly Kind[] = [
  { name: 'a gzip archive', need: 'unpack', magic: '\x1f\x8b' },
  { name: 'a bzip2 archive', need: 'unpack', magic: '1AY&SY', at: 4 },
  { name: 'an xz archive', need: 'unpack', magic: '\xfd7zXZ\0' },
  { name: 'a Zstandard archive', need: 'unpack', magic: '\x28\xb5\x2f\xfd' },
  { name: 'a tar archive', need: 'unpack', magic: 'ustar', at: 257 },
  { name: 'a 7-Zip archive', need: 'unpack', magic: '7z\xbc\xaf\x27\x1c' },
  { name: 'a RAR archive', need: 'unpack', magic: 'Rar!\x1a\x07' },
  {
    name: 'an OpenDocument spreadsheet',
    need: 'spreadsheet',
    magic: 'mimetypeapplication/vnd.oasis',
    at: 30,
  },
  { name: 'a zip archive', need: 'unpack', magic: 'PK\x03\x04' },
  { name: 'an old Excel workbook', need: 'spreadsheet', magic: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { name: 'a Parquet file', need: 'table', magic: 'PAR1' },
  { name: 'an Arrow file', need: 'table', magic: 'ARROW1' },
  { name: 'a Feather file', need: 'table', magic: 'FEA1' },
  { name: 'an ORC file', need: 'table', magic: 'ORC' },
  { name: 'an Avro file', need: 'table', magic: 'Obj\x01' },
  { name: 'an HDF5 file', need: 'table', magic: '\x89HDF\r\n\x1a\n' },
  { name: 'a NumPy array', need: 'table', magic: '\x93NUMPY' },
  { name: 'a SQLite database', need: 'database', magic: 'SQLite format 3\0' },
  { name: 'a PDF document', need: 'source', magic: '%PDF-' },
  { name: 'a PNG image', need: 'source', magic: '\x89PNG' },
  { name: 'a JPEG image', need: 'source', magic: '\xff\xd8\xff' },
  { name: 'a GIF image', need: 'source', magic: 'GIF8' },
];

/** The commands that unpack a file, by the kind of archive; `$1` is the file and `$2` the unpacked one. */
const unpacking: Readonly<Record<string, { readonly ending: string; readonly command: string }>> = {
  'a gzip archive': { ending: '.gz', command: 'gzip -dc $1 > $2' },
  'a bzip2 archive': { ending: '.bz2', command: 'bzip2 -dc $1 > $2' },
  'an xz archive': { ending: '.xz', command: 'xz -dc $1 > $2' },
  'a Zstandard archive': { ending: '.zst', command: 'zstd -dc $1 > $2' },
  'a tar archive': { ending: '.tar', command: 'tar -xf $1' },
  'a zip archive': { ending: '.zip', command: 'unzip $1' },
};

/**
 * What a file is and what to do with it, where it is no text in UTF-8 or no table.
 *
 * @param start - the first `bytesOfKind` bytes of the file, or all of a shorter one
 * @returns null for text
 */
export function otherKind(path: string, start: Buffer): Remedy | null {
  // A header may begin with letters that are magic elsewhere, such as ORCID.
  const isBinary = start.some((byte) => byte < 9 || (byte > 13 && byte < 32) || byte > 126);
  const kind = kinds.find(
    ({ magic, at = 0 }) =>
      isBinary && start.subarray(at, at + magic.length).equals(Buffer.from(magic, 'latin1')),
  );
  if (kind !== undefined) return remedyOf(path, start, kind);
  const utf16 = utf16Of(start);
  if (utf16 !== null)
    return remedies.otherEncoding({ path, is: 'is UTF-16 text', encoding: utf16 });
  if (start.subarray(0, start.indexOf(10) + 1 || start.length).includes(0)) {
    return remedies.foreignFile({ is: 'is a binary file: it holds NUL bytes' });
  }
  return markupOf(start) ?? lineEndsOf(path, start);
}

function remedyOf(path: string, start: Buffer, { name, need }: Kind): Remedy {
  const is = `is ${name}, not a text file in UTF-8`;
  if (name === 'a zip archive' && start.includes('[Content_Types].xml')) {
    return start.includes('word/')
      ? remedies.foreignFile({ is: 'is a Word document' })
      : remedies.spreadsheet({ is: 'is an Excel workbook, not a text file in UTF-8' });
  }
  if (need === 'spreadsheet') return remedies.spreadsheet({ is });
  if (need === 'table') return remedies.columnFile({ is });
  if (need === 'database') return remedies.sqliteFile({ path });
  if (need === 'source') return remedies.foreignFile({ is });
  return remedies.archive({ path, is, ...unpacking[name] });
}

const littleEndianMark = Buffer.from([0xff, 0xfe]);
const bigEndianMark = Buffer.from([0xfe, 0xff]);

/** The name of the encoding for iconv; null for text in another one. */
function utf16Of(start: Buffer): string | null {
  const mark = start.subarray(0, 2);
  if (mark.equals(littleEndianMark) || mark.equals(bigEndianMark)) return 'UTF-16';
  // Without a mark, half of the bytes of a table in UTF-16 are NUL: delimiters, digits and Latin letters have one each.
  let even = 0;
  let odd = 0;
  for (const [at, byte] of start.entries()) {
    if (byte !== 0) continue;
    if (at % 2 === 0) even++;
    else odd++;
  }
  const few = start.length / 20;
  if (odd > start.length / 5 && even < few) return 'UTF-16LE';
  return even > start.length / 5 && odd < few ? 'UTF-16BE' : null;
}

function markupOf(start: Buffer): Remedy | null {
  const text = start.toString('latin1').replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (/^<(!doctype|html|head|body)\b/i.test(text)) {
    return remedies.foreignFile({ is: 'is a web page' });
  }
  if (text.startsWith('{\\rtf')) return remedies.foreignFile({ is: 'is an RTF document' });
  if (/^<\?xml\b/i.test(text)) return remedies.foreignFile({ is: 'is an XML document' });
  return /^(\{\s*("|\})|\[\s*[\]{["\d])/.test(text) ? remedies.json() : null;
}

/** Line ends that are neither LF nor CRLF. */
function lineEndsOf(path: string, start: Buffer): Remedy | null {
  const text = start.toString('latin1');
  if (/^[^\r\n]*\r\r\n/.test(text)) return remedies.doubledLineEnds({ path });
  const alone = text.match(/\r(?!\n|$)/g)?.length ?? 0;
  return alone > text.split('\n').length - 1 ? remedies.carriageReturns({ path }) : null;
}

/**
 * Whether text that is not UTF-8 has another encoding, rather than a damaged place.
 *
 * @returns what to do then; null where the other characters beyond ASCII are UTF-8
 */
export function otherEncoding(path: string, bytes: Buffer): Remedy | null {
  if (isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  const broken = text.split('\ufffd').length - 1;
  const whole = text.replace(/[\0-\x7f\ufffd]/g, '').length;
  if (whole >= broken) return null;
  // Windows has letters and quotes where Latin-1 has control characters.
  const encoding = bytes.some((byte) => byte >= 0x80 && byte < 0xa0)
    ? 'WINDOWS-1252'
    : 'ISO-8859-1';
  return remedies.otherEncoding({ path, is: 'must be valid UTF-8', encoding });
}
