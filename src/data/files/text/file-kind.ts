/** Tells by its first bytes what a file is that is no text, and what to do with it. */
import { isUtf8 } from 'node:buffer';
import type { Remedy } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { type Archive, archiveNames } from '../bytes/archive-names.js';
import type { TextEncoding } from '../bytes/text-encoding.js';

/** How many bytes of a file show its kind. */
export const bytesOfKind = 4096;

/** What a kind of file needs before it can be imported. */
type Need = 'unpack' | 'table' | 'spreadsheet' | 'database' | 'source';

interface Kind {
  readonly name: string;
  readonly need: Need;
  /** The archive that is unpacked while it is read. */
  readonly archive?: Archive;
  readonly magic: string;
  /** Where the magic bytes are. Default: at the beginning. */
  readonly at?: number;
}

/** The kinds that begin with bytes of their own, as Latin-1. */
const kinds: readonly Kind[] = [
  { name: archiveNames.gzip, need: 'unpack', archive: 'gzip', magic: '\x1f\x8b' },
  { name: 'a bzip2 archive', need: 'unpack', magic: '1AY&SY', at: 4 },
  { name: 'an xz archive', need: 'unpack', magic: '\xfd7zXZ\0' },
  { name: archiveNames.zstandard, need: 'unpack', archive: 'zstandard', magic: '\x28\xb5\x2f\xfd' },
  { name: 'a tar archive', need: 'unpack', magic: 'ustar', at: 257 },
  { name: 'a 7-Zip archive', need: 'unpack', magic: '7z\xbc\xaf\x27\x1c' },
  { name: 'a RAR archive', need: 'unpack', magic: 'Rar!\x1a\x07' },
  {
    name: 'an OpenDocument spreadsheet',
    need: 'spreadsheet',
    magic: 'mimetypeapplication/vnd.oasis',
    at: 30,
  },
  { name: archiveNames.zip, need: 'unpack', archive: 'zip', magic: 'PK\x03\x04' },
  { name: archiveNames.zip, need: 'unpack', archive: 'zip', magic: 'PK\x05\x06' },
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
  'a bzip2 archive': { ending: '.bz2', command: 'bzip2 -dc $1 > $2' },
  'an xz archive': { ending: '.xz', command: 'xz -dc $1 > $2' },
  'a tar archive': { ending: '.tar', command: 'tar -xf $1' },
};

/** The archive that a file is; null for one that is none, or cannot be unpacked while it is read. */
export function archiveOf(start: Buffer): Archive | null {
  return isOfficeDocument(start) ? null : (kindOf(start)?.archive ?? null);
}

/** The beginning of a file. */
export interface FileStart {
  /** The first `bytesOfKind` bytes, or all of a shorter one; in an archive, those of the file in it. */
  readonly start: Buffer;
  /** Their text in UTF-8. */
  readonly text: Buffer;
  readonly archive: Archive | null;
}

/**
 * What a file is and what to do with it, where it is no text or no table.
 *
 * @returns null for text
 */
export function otherKind(path: string, { start, text, archive }: FileStart): Remedy | null {
  const kind = kindOf(start);
  if (kind !== null && archive !== null) {
    return remedies.archiveInArchive({ path, outer: archiveNames[archive], inner: kind.name });
  }
  if (kind !== null) return remedyOf(path, start, kind);
  const utf16 = unmarkedUtf16(text);
  if (utf16 !== null) {
    const is = 'is UTF-16 text without a byte order mark';
    return remedies.otherEncoding({ is, encoding: utf16 });
  }
  if (text.subarray(0, text.indexOf(10) + 1 || text.length).includes(0)) {
    return remedies.foreignFile({ is: 'is a binary file: it holds NUL bytes' });
  }
  return markupOf(text) ?? lineEndsOf(path, text);
}

/** The kind that a file's first bytes show. */
function kindOf(start: Buffer): Kind | null {
  // A header may begin with letters that are magic elsewhere, such as ORCID.
  const isBinary = start.some((byte) => byte < 9 || (byte > 13 && byte < 32) || byte > 126);
  const kind = kinds.find(
    ({ magic, at = 0 }) =>
      isBinary && start.subarray(at, at + magic.length).equals(Buffer.from(magic, 'latin1')),
  );
  return kind ?? null;
}

/** Whether an archive is a file of an office program, which holds tables in a form of its own. */
function isOfficeDocument(start: Buffer): boolean {
  return start.includes('[Content_Types].xml');
}

function remedyOf(path: string, start: Buffer, { name, need }: Kind): Remedy {
  const is = `is ${name}, not a text file in UTF-8`;
  if (isOfficeDocument(start)) {
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

/** The encoding of UTF-16 text without a byte order mark; null for other text. */
function unmarkedUtf16(start: Buffer): TextEncoding | null {
  // Half of the bytes of a table in UTF-16 are NUL: delimiters, digits and Latin letters have one each.
  let even = 0;
  let odd = 0;
  for (const [at, byte] of start.entries()) {
    if (byte !== 0) continue;
    if (at % 2 === 0) even++;
    else odd++;
  }
  const few = start.length / 20;
  if (odd > start.length / 5 && even < few) return 'utf-16le';
  return even > start.length / 5 && odd < few ? 'utf-16be' : null;
}

function markupOf(start: Buffer): Remedy | null {
  const text = start.toString('latin1').replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (/^<(!doctype|html|head|body)\b/i.test(text)) {
    return remedies.foreignFile({ is: 'is a web page' });
  }
  if (text.startsWith('{\\rtf')) return remedies.foreignFile({ is: 'is an RTF document' });
  if (/^<\?xml\b/i.test(text)) return remedies.foreignFile({ is: 'is an XML document' });
  return /^\[\s*[\]{["\d]/.test(text) ? remedies.json() : null;
}

/** Line ends that are none of LF, CRLF and CR. */
function lineEndsOf(path: string, start: Buffer): Remedy | null {
  const isDoubled = /^[^\r\n]*\r\r\n/.test(start.toString('latin1'));
  return isDoubled ? remedies.doubledLineEnds({ path }) : null;
}

/**
 * Whether text that is not UTF-8 has another encoding, rather than a damaged place.
 *
 * @returns what to do then; null where the other characters beyond ASCII are UTF-8
 */
export function otherEncoding(bytes: Buffer): Remedy | null {
  if (isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  const broken = text.split('\ufffd').length - 1;
  const whole = text.replace(/[\0-\x7f\ufffd]/g, '').length;
  if (whole >= broken) return null;
  // Windows has letters and quotes where Latin-1 has control characters.
  const encoding = bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'windows-1252' : 'latin1';
  return remedies.otherEncoding({ is: 'must be valid UTF-8', encoding });
}
