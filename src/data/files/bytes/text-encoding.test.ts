/** Text of other encodings, piece by piece. */
import { expect, it } from 'vitest';
import { TextDecoding } from './text-encoding.js';

const text = 'Zoë 千と千尋 \u{1F600}\n';

it.each(['utf-16le', 'utf-16be'] as const)('takes %s in pieces of any size', (encoding) => {
  const bytes = Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') bytes.swap16();
  for (let size = 1; size <= bytes.length; size++) {
    const decoding = new TextDecoding(encoding);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      pieces.push(decoding.piece(bytes.subarray(at, at + size)));
    }
    pieces.push(decoding.end());
    expect(Buffer.concat(pieces).toString(), `${size} bytes a piece`).toBe(text);
  }
});

it('takes a character that is cut off at the end for none', () => {
  const decoding = new TextDecoding('utf-16le');
  expect(Buffer.from(decoding.piece(Buffer.from([0x61, 0, 0x62]))).toString()).toBe('a');
  expect([...decoding.end()]).toEqual([0xff]);
});

it('reads what Windows has in place of control characters, and leaves unused places', () => {
  const bytes = Buffer.from([0x41, 0x80, 0x81, 0x93, 0xe9, 0x9f]);
  const read = (encoding: 'windows-1252' | 'latin1') =>
    Buffer.from(new TextDecoding(encoding).piece(bytes)).toString();
  expect(read('windows-1252')).toBe('A€\u0081“éŸ');
  expect(read('latin1')).toBe('A\u0080\u0081\u0093é\u009f');
});
