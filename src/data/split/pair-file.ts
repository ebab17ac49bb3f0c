/** Reads a file of a published split: rows `user,item`, or lines `user item item …`. */
import { createHash } from 'node:crypto';
import { DataError, quote } from '../../errors.js';
import { purposeOf } from '../files/column-names.js';
import { lineBlocks } from '../files/text/line-blocks.js';
import { readId } from '../ids.js';

/** A file that was read. */
export interface PairFile {
  /** SHA-256 of its unpacked bytes, in hex. */
  readonly sha256: string;
  /** Lines of a user without an item. */
  readonly emptyLines: number;
}

/** What separates the two columns of a row; a line with none of them is `user item item …`, with blanks. */
const delimiters = [',', ';', '\t'] as const;

/**
 * Reads the pairs of a file, in its order. The first line that is not blank says which of the two forms the file has.
 * It is a header if it names a user and an item, such as `uid,sid`.
 *
 * @param onPair - told each pair; a pair may come twice
 * @throws DataError when the file cannot be read, a line is in another form, or no line has an item
 */
export async function readPairs(
  path: string,
  onPair: (user: string, item: string) => void,
): Promise<PairFile> {
  const hash = createHash('sha256');
  let split: ((text: string, line: number) => readonly string[]) | null = null;
  let emptyLines = 0;
  let pairs = 0;
  for await (const { bytes, firstLine, tooLong } of lineBlocks(path)) {
    if (tooLong) {
      throw new DataError(
        { file: path, line: firstLine },
        'a line has at most 1 MiB',
        'Divide it into several lines of the same user',
      );
    }
    hash.update(bytes);
    for (const [k, text] of bytes.toString('utf8').split('\n').entries()) {
      if (text.trim() === '') continue;
      const line = firstLine + k;
      const isFirst = split === null;
      split ??= formOf(path, text);
      const [user = '', ...items] = split(text, line);
      if (isFirst && isHeader(user, items)) continue;
      const owner = idAt(path, line, user);
      if (items.length === 0) emptyLines++;
      for (const item of items) {
        pairs++;
        onPair(owner, idAt(path, line, item));
      }
    }
  }
  if (pairs === 0) {
    throw new DataError(
      { file: path },
      'holds no user with an item',
      'Give a file of rows user,item or of lines: user item item …',
    );
  }
  return { sha256: hash.digest('hex'), emptyLines };
}

/** How lines like this first one become a user and items. */
function formOf(path: string, first: string): (text: string, line: number) => readonly string[] {
  const delimiter = delimiters.find((each) => first.includes(each));
  if (delimiter === undefined) return (text) => text.trim().split(/\s+/);
  return (text, line) => {
    const fields = text.trim().split(delimiter).map(unquoted);
    const [user = '', item = ''] = fields;
    if (fields.length === 2) {
      return [user, ...(delimiter === '\t' ? item.split(/\s+/).filter(Boolean) : [item])];
    }
    throw new DataError(
      { file: path, line, value: text.trim() },
      `a row has two columns, user and item, and this one has ${fields.length}`,
      'Keep these two, such as with `cut -d, -f1,2`; or separate the items of a user by blanks',
    );
  };
}

function isHeader(user: string, items: readonly string[]): boolean {
  return items.length === 1 && purposeOf(user) === 'user' && purposeOf(items[0]!) === 'item';
}

function unquoted(field: string): string {
  const text = field.trim();
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

function idAt(path: string, line: number, text: string): string {
  const read = readId(text);
  if ('id' in read) return read.id;
  throw new DataError({ file: path, line }, `${read.rule}, and ${quote(text)} is none`, 'Mend it');
}
