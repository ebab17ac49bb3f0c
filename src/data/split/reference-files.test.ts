/** The reference files of data that are large or odd. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import {
  referenceFiles,
  verifiable,
  verifyReferenceFiles,
  writeReferenceFiles,
} from './reference-files.js';
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

  it('writes more than fits into one piece of text', () => {
    const long = ['a', 'b', 'c', 'd', 'é'].map((letter) => letter.repeat(30_000));
    const made = split(long, (click) => click);
    const { 'unique_sid.txt': ids } = referenceFiles(made);
    expect(ids.toString()).toBe(made.vocabulary.map((id) => `${id}\n`).join(''));
  });

  it('are written into a folder, which is made', () => {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-reference-'));
    try {
      const files = referenceFiles(split(items, (click) => click));
      const out = join(folder, 'a', 'b');
      writeReferenceFiles(files, out);
      expect(readdirSync(out).sort()).toEqual(Object.keys(files).sort());
      for (const [name, bytes] of Object.entries(files)) {
        expect(readFileSync(join(out, name))).toEqual(bytes);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('differ from what is published of a known data set', () => {
    const files = referenceFiles(split(items, (click) => click));
    const compare = (name: string, heldoutUsers: number) => () =>
      verifyReferenceFiles(files, name, heldoutUsers);
    expect(compare('ml-1m', 600)).toThrow(
      /^unique_sid\.txt, train\.csv, validation_tr\.csv, validation_te\.csv, test_tr\.csv, test_te\.csv differ from the reference split of ml-1m\./,
    );
    expect(compare('ml-20m', 10_000)).toThrow(
      /^unique_sid\.txt, validation_te\.csv, test_te\.csv differ from/,
    );
    expect(compare('ml-1m', 10_000)).toThrow(
      /the known ones are ml-1m with --heldout-users 600, ml-20m with --heldout-users 10000\.$/,
    );
  });

  it.each(['b\nc', 'b\r', '\nb'])('refuses the item %j, which would be two lines', (odd) => {
    const made = split(['a', odd, 'd', 'e', 'f'], (click) => click);
    expect(() => referenceFiles(made)).toThrow(
      /^unique_sid\.txt, line 2, value ".*": an item id in this file must not hold a line break.*--replace$/,
    );
  });
});
