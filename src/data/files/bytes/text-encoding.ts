/** The encodings that a file's text may have, and how it becomes UTF-8. */
import { isAscii } from 'node:buffer';
import { ArgumentError, quote } from '../../../errors.js';

/** The encodings of text that can be read, by the names that the flag takes. */
export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252'] as const;
export type TextEncoding = (typeof encodings)[number];

/** Other spellings, in lower case and without punctuation. */
const spellings: Readonly<Record<string, TextEncoding>> = {
  utf8: 'utf-8',
  utf8bom: 'utf-8',
  utf8sig: 'utf-8',
  ascii: 'utf-8',
  usascii: 'utf-8',
  // Windows calls it Unicode. A byte order mark says which one it is; without one it is mostly this one.
  utf16: 'utf-16le',
  unicode: 'utf-16le',
  ucs2: 'utf-16le',
  ucs2le: 'utf-16le',
  utf16le: 'utf-16le',
  ucs2be: 'utf-16be',
  utf16be: 'utf-16be',
  latin1: 'latin1',
  l1: 'latin1',
  iso88591: 'latin1',
  '88591': 'latin1',
  windows1252: 'windows-1252',
  win1252: 'windows-1252',
  cp1252: 'windows-1252',
  '1252': 'windows-1252',
  ansi: 'windows-1252',
};

/** The encoding of a name in any usual spelling, such as ISO-8859-1. @throws ArgumentError when it is not known */
export function encodingNamed(name: string): TextEncoding {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (Object.hasOwn(spellings, plain)) return spellings[plain]!;
  throw new ArgumentError(
    `the encoding is ${quote(name)}; give one of ${encodings.join(', ')}, or convert the file to UTF-8`,
  );
}

const marks: readonly { readonly bytes: Buffer; readonly encoding: TextEncoding }[] = [
  { bytes: Buffer.from([0xef, 0xbb, 0xbf]), encoding: 'utf-8' },
  { bytes: Buffer.from([0xff, 0xfe]), encoding: 'utf-16le' },
  { bytes: Buffer.from([0xfe, 0xff]), encoding: 'utf-16be' },
];

/** The encoding that a byte order mark names; null where the bytes begin with none. */
export function markedEncoding(start: Buffer): TextEncoding | null {
  const mark = marks.find(({ bytes }) => start.subarray(0, bytes.length).equals(bytes));
  return mark?.encoding ?? null;
}

/** A byte that no text in UTF-8 has: it makes the row of a character that is none a bad row. */
const noCharacter = Buffer.from([0xff]);

/** What Windows has in the places from 0x80 where Latin-1 has control characters; '' is unused there. */
const windowsCharacters = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

/** Turns text of an encoding into UTF-8, piece by piece. A character may lie in two pieces. */
export class TextDecoding {
  readonly #decode: (bytes: Uint8Array) => string;
  readonly #end: () => string;

  constructor(encoding: TextEncoding) {
    if (encoding === 'utf-16le' || encoding === 'utf-16be') {
      const decoder = new TextDecoder(encoding);
      this.#decode = (bytes) => decoder.decode(bytes, { stream: true });
      this.#end = () => decoder.decode();
    } else {
      this.#decode = encoding === 'windows-1252' ? windowsText : latinText;
      this.#end = () => '';
    }
  }

  /** The text of the next bytes. */
  piece(bytes: Uint8Array): Uint8Array {
    return inUtf8(this.#decode(bytes));
  }

  /** What the last bytes leave: a character that is cut off. */
  end(): Uint8Array {
    return inUtf8(this.#end());
  }
}

function latinText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function windowsText(bytes: Uint8Array): string {
  // Stryker disable next-line ConditionalExpression: this only saves the search
  if (isAscii(bytes)) return latinText(bytes);
  return latinText(bytes).replace(/[\x80-\x9f]/g, (character) => {
    const found = windowsCharacters[character.charCodeAt(0) - 0x80]!;
    return found === ' ' ? character : found;
  });
}

function inUtf8(text: string): Uint8Array {
  if (!text.includes('\ufffd')) return Buffer.from(text);
  const parts = text.split('\ufffd').map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [noCharacter, part])));
}
