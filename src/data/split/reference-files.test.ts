/** The reference files of data that are large or odd. */

import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import { referenceFiles, verifiable, verifyReferenceFiles } from './reference-files.js';
import { strongGeneralization } from './users.js';

/** Ten users who clicked the same five items, one user after the other. */
function split(items: readonly string[], placeOf: (click: number) => number) {
  const rows = Array.from({ length: 10 }, () => [0, 1, 2, 3, 4]);
  return strongGeneralization(
    {
      userIds: rows.map((_, u) => String(u) as UserId),
      itemIds: items as readonly ItemId[],
      clicks: ClickMatrix.fromRows(5, rows),
      positions: Int32Array.from({ length: 50 }, (_, click) => placeOf(click)),
    },
    { ...paperProtocol, heldoutUsers: 1 },
  );
}

describe('referenceFiles', () => {
  const items = ['a', 'b,c', 'd e', '"f"', '7'];

  it('writes train.csv in file order, up to the last place that a file can have', () => {
    const files = (placeOf: (click: number) => number) => referenceFiles(split(items, placeOf));
    const small = files((click) => 49 - click);
    const large = files((click) => 2 ** 31 - 1 - 40_000_000 * click);
    expect(large['train.csv'].toString()).toBe(small['train.csv'].toString());
    const [head, ...lines] = small['train.csv'].toString().trim().split('\n');
    expect(head).toBe('uid,sid');
    const uids = lines.filter((_, k) => k % 5 === 0).map((line) => Number.parseInt(line, 10));
    expect(uids.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(lines).toEqual(uids.flatMap((uid) => [0, 1, 2, 3, 4].map((sid) => `${uid},${sid}`)));
    expect(small['unique_sid.txt'].toString()).toBe('7\n"f"\nd e\nb,c\na\n');
  });

  it('writes the held-out users after the training users, with all their clicks', () => {
    const files = referenceFiles(split(items, (click) => click));
    const pairs = (name: keyof typeof files) => files[name].toString().trim().split('\n').slice(1);
    for (const [set, uid] of [
      ['validation', 8],
      ['test', 9],
    ] as const) {
      const both = [...pairs(`${set}_tr.csv`), ...pairs(`${set}_te.csv`)];
      expect(both.toSorted()).toEqual([0, 1, 2, 3, 4].map((sid) => `${uid},${sid}`));
    }
  });

  it('are compared with what is published of a known data set alone', () => {
    const files = referenceFiles(split(items, (click) => click));
    const [known] = verifiable;
    const sizes = [known!.heldoutUsers, known!.heldoutUsers + 1];
    expect(() => verifyReferenceFiles(files, 'none', 1)).toThrow(
      /no reference split of none with 1/,
    );
    for (const heldoutUsers of sizes) {
      expect(() => verifyReferenceFiles(files, known!.name, heldoutUsers)).toThrow(
        heldoutUsers === sizes[0] ? /^(?!no reference split)/ : /^no reference split of/,
      );
    }
  });

  it.each(['b\nc', 'b\r', '\nb'])('refuses the item %j, which would be two lines', (odd) => {
    const made = split(['a', odd, 'd', 'e', 'f'], (click) => click);
    expect(() => referenceFiles(made)).toThrow(
      /^unique_sid\.txt, line 2, value ".*": an item id in this file must not hold a line break.*--replace$/,
    );
  });
});
