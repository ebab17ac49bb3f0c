/**
 * Rows in the binary form of COPY, which moves blobs as they are. A row is a 16-bit count of values, then for each value
 * its length in 32 bits and its bytes; -1 stands for null. All of it is big-endian.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Session } from '../session.js';

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);
/** Bytes that are sent at once. */
const pieceBytes = 2 ** 18;

/** A value of a row: an integer of 32 bits, a double, a text or bytes. */
export type CopyValue = string | Uint8Array | null;

/** An integer column. */
export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A column of double precision. */
export function double(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

/**
 * Writes rows.
 *
 * @param target - the table with its columns, such as `store.users (user_index, id)`
 */
export async function copyRows(
  session: Session,
  target: string,
  rows: Iterable<readonly CopyValue[]>,
): Promise<void> {
  const stream = session.copyIn(`COPY ${target} FROM STDIN (FORMAT binary)`);
  await pipeline(Readable.from(piecesOf(rows), { objectMode: false }), stream);
}

function* piecesOf(rows: Iterable<readonly CopyValue[]>): Generator<Buffer> {
  let parts: Uint8Array[] = [header];
  let bytes = 0;
  for (const row of rows) {
    const count = Buffer.allocUnsafe(2);
    count.writeInt16BE(row.length);
    parts.push(count);
    for (const value of row) {
      const contents = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      parts.push(int32(contents?.length ?? -1));
      if (contents !== null) parts.push(contents);
      bytes += 4 + (contents?.length ?? 0);
    }
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  parts.push(trailer);
  yield Buffer.concat(parts);
}

/** Reads rows, some at a time. Read them to the end, or give the connection up. */
export async function* copiedRows(
  session: Session,
  select: string,
): AsyncGenerator<(Buffer | null)[][]> {
  const stream: AsyncIterable<Buffer> = session.copyOut(
    `COPY (${select}) TO STDOUT (FORMAT binary)`,
  );
  let rest: Buffer = Buffer.alloc(0);
  let start = header.length;
  for await (const piece of stream) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const rows: (Buffer | null)[][] = [];
    let at = start;
    while (at <= bytes.length) {
      const row = rowAt(bytes, at);
      if (row === null) break;
      rows.push(row.values);
      at = row.end;
    }
    // The header may come in several pieces.
    start = Math.max(0, at - bytes.length);
    rest = bytes.subarray(at);
    if (rows.length > 0) yield rows;
  }
}

/** The row that begins at a byte; null where it is not whole, and at the end. */
function rowAt(bytes: Buffer, at: number): { values: (Buffer | null)[]; end: number } | null {
  // Stryker disable next-line EqualityOperator: two bytes alone are the end, or a row without values that waits for it.
  if (at + 2 > bytes.length) return null;
  const count = bytes.readInt16BE(at);
  if (count < 0) return null;
  let end = at + 2;
  const values: (Buffer | null)[] = [];
  for (let k = 0; k < count; k++) {
    if (end + 4 > bytes.length) return null;
    const length = bytes.readInt32BE(end);
    end += 4;
    if (length < 0) {
      values.push(null);
      continue;
    }
    if (end + length > bytes.length) return null;
    values.push(bytes.subarray(end, end + length));
    end += length;
  }
  return { values, end };
}
