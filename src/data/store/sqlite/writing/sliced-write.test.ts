/** A long write in slices, while another process has the database. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, HomeError } from '../../../../errors.js';
import { importRatings } from '../../../import.js';
import { writeInSlices } from './sliced-write.js';
import { WriteQueue } from './write-queue.js';

let home: string;
let other: Sqlite.Database;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'multvae-slices-'));
  writeFileSync(join(home, 'r.csv'), 'user,item\nu,a\n');
  await importRatings(home, join(home, 'r.csv'));
  other = new Sqlite(join(home, 'multvae.db'));
});
afterEach(() => {
  other.close();
  rmSync(home, { recursive: true });
});

const isOpen = new AbortController().signal;
const hashes = () =>
  other.prepare('SELECT data_hash FROM ancestors ORDER BY 1').pluck().all() as string[];

function write(steps: number, signal = isOpen, onStep: (k: number) => void = () => undefined) {
  return writeInSlices({
    home,
    signal,
    *steps(db) {
      const insert = db.prepare('INSERT INTO ancestors VALUES (?)');
      for (let k = 0; k < steps; k++) {
        insert.run(`h${k}`);
        onStep(k);
        yield;
      }
      return steps;
    },
  });
}

describe('a write in slices', () => {
  it('is stored whole, with its result', async () => {
    expect(await write(3)).toBe(3);
    expect(hashes()).toEqual(['h0', 'h1', 'h2']);
  });

  it('waits for another process', async () => {
    other.exec('BEGIN IMMEDIATE');
    const written = write(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    other.exec('COMMIT');
    expect(await written).toBe(1);
  });

  it('waits for a second, no longer', async () => {
    other.exec('BEGIN IMMEDIATE');
    await expect(write(1)).rejects.toBeInstanceOf(BusyError);
    other.exec('ROLLBACK');
    expect(hashes()).toEqual([]);
  });

  it('is stored not at all where a step fails, or the signal comes', async () => {
    const failed = write(3, isOpen, (k) => {
      if (k === 1) throw new TypeError('x');
    });
    await expect(failed).rejects.toBeInstanceOf(TypeError);
    const stopping = new AbortController();
    const stopped = write(1e9, stopping.signal, () => stopping.abort());
    await expect(stopped).rejects.toBeInstanceOf(HomeError);
    await expect(stopped).rejects.toThrow(`the home ${home} is closed`);
    expect(hashes()).toEqual([]);
    expect(await write(1)).toBe(1);
  });
});

describe('a queue of writes', () => {
  it('waits for another process, and fails after a second', async () => {
    const queue = new WriteQueue(home);
    expect(queue.path).toBe(join(home, 'multvae.db'));
    const add = (hash: string) =>
      queue.add((db) => db.prepare('INSERT INTO ancestors VALUES (?)').run(hash).changes);
    other.exec('BEGIN IMMEDIATE');
    const late = expect(add('late')).rejects.toThrow(/written by another process; try again later/);
    await late;
    const soon = add('soon');
    await new Promise((resolve) => setTimeout(resolve, 50));
    other.exec('COMMIT');
    expect(await soon).toBe(1);
    const both = [add('a'), add('b')];
    queue.close();
    expect(await Promise.all(both)).toEqual([1, 1]);
    expect(hashes()).toEqual(['a', 'b', 'soon']);
    queue.close();
    await expect(add('c')).rejects.toThrow(`the home ${home} is closed`);
  });

  it('rejects alone what an error of this package ends, and all with another error', async () => {
    const queue = new WriteQueue(home);
    const insert = (hash: string) =>
      queue.add((db) => db.prepare('INSERT INTO ancestors VALUES (?)').run(hash).changes);
    const refused = queue.add((db) => {
      db.prepare("INSERT INTO ancestors VALUES ('refused')").run();
      throw new HomeError('no');
    });
    const stored = insert('stored');
    await expect(refused).rejects.toThrow(/^no$/);
    expect(await stored).toBe(1);
    const again = [insert('x'), insert('x')];
    for (const write of again) await expect(write).rejects.toThrow(/UNIQUE/);
    expect(hashes()).toEqual(['stored']);
    queue.close();
  });
});
