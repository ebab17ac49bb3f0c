/** Rows in the binary form of COPY, in pieces of any length. */
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Session } from '../session.js';
import { type CopyValue, copiedRows, copyRows, double, int32 } from './copy-rows.js';

/** What is sent for rows, in pieces. */
async function sent(rows: readonly (readonly CopyValue[])[]): Promise<Buffer[]> {
  const stream = new PassThrough();
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  const copyIn = (text: string) => {
    expect(text).toBe('COPY store.t (a) FROM STDIN (FORMAT binary)');
    return stream;
  };
  await copyRows({ copyIn } as unknown as Session, 'store.t (a)', rows);
  return pieces;
}

/** What is read from bytes that come in pieces of a length. */
async function received(bytes: Buffer, length: number): Promise<(Buffer | null)[][]> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, k) =>
    bytes.subarray(k * length, (k + 1) * length),
  );
  const copyOut = (text: string) => {
    expect(text).toBe('COPY (SELECT 1) TO STDOUT (FORMAT binary)');
    return Readable.from(pieces);
  };
  const all: (Buffer | null)[][] = [];
  for await (const rows of copiedRows({ copyOut } as unknown as Session, 'SELECT 1')) {
    expect(rows).not.toEqual([]);
    all.push(...rows);
  }
  return all;
}

const rows = [
  [int32(-7), 'é', null],
  [double(0.1), '', Buffer.alloc(0)],
  [],
  [int32(2 ** 31 - 1), 'x'.repeat(300), Buffer.from([0, 255])],
];
const expected = rows.map((row) =>
  row.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
);

it.each([1, 2, 3, 7, 19, 100, 10_000])('are read in pieces of %i bytes', async (length) => {
  const bytes = Buffer.concat(await sent(rows));
  expect(await received(bytes, length)).toEqual(expected);
});

it('begin and end as PostgreSQL wants it', async () => {
  const bytes = Buffer.concat(await sent([[int32(1)]]));
  expect(bytes.toString('latin1')).toBe(
    `PGCOPY\n\xff\r\n\0${'\0'.repeat(8)}\0\x01\0\0\0\x04\0\0\0\x01\xff\xff`,
  );
  expect(double(1).toString('hex')).toBe('3ff0000000000000');
});

it('are sent in pieces where they are many', async () => {
  const row = ['x'.repeat(60_000), null];
  const pieces = await sent(Array.from({ length: 12 }, () => row));
  // How a stream cuts them further is its own affair.
  expect(pieces.length).toBeGreaterThan(1);
  const bytes = Buffer.concat(pieces);
  expect(await received(bytes, 65_536)).toHaveLength(12);
  expect(await buffer(Readable.from(pieces))).toEqual(bytes);
});
