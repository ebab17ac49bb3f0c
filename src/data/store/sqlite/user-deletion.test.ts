/** Deleted people leave no trace in the files, whoever reads meanwhile and however the data came in. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../random.js';
import type { ItemId, UserId } from '../../ids.js';
import { importRatings } from '../../import.js';
import { SqliteFeedbackWriter } from './feedback/feedback-writer.js';
import { RatingsDatabase } from './ratings-database.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
const person = 'person-whose-id-is-long-enough-to-be-found' as UserId;

let folder: string;
let home: string;
let path: string;
let writer: SqliteFeedbackWriter;

async function importLines(lines: readonly string[], how = {}): Promise<void> {
  const file = join(folder, 'plays.csv');
  writeFileSync(file, `userId,movieId,rating\n${lines.join('\n')}\n`);
  await importRatings(home, file, how);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-deletion-'));
  home = join(folder, 'home');
  path = join(home, 'multvae.db');
  await importLines([`${person},a,5`, 'u,a,4']);
  writer = new SqliteFeedbackWriter(home);
});
afterEach(() => {
  vi.useRealTimers();
  writer.close();
  rmSync(folder, { recursive: true });
});

/** Whether a text is anywhere in the database and its log. */
function isLeft(text: string): boolean {
  return [path, `${path}-wal`].some(
    (file) => existsSync(file) && readFileSync(file).includes(text),
  );
}

function feedbackOf(userId: UserId, key: string) {
  return { key, userId, itemId: 'a' as ItemId, rating: null, timestamp: null };
}

/** A reader whose transaction keeps the log from being emptied, until it is called. */
function startReader(): () => void {
  const reader = new Sqlite(path);
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM users').get();
  return () => reader.close();
}

describe('a deletion while somebody reads', () => {
  it.each([
    ['a user', person, () => writer.deleteUser(person)],
    ['an event', 'their-very-own-key', () => writer.delete('their-very-own-key')],
  ])('of %s is completed soon after the reader left', async (_, text, remove) => {
    await writer.store([feedbackOf(person, 'their-very-own-key')]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const leave = startReader();
    expect(writer.deletionsInLog).toBe(0);
    expect(await remove()).toBeTruthy();
    expect(isLeft(text)).toBe(true);
    expect(writer.deletionsInLog).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(writer.deletionsInLog).toBe(1);
    leave();
    vi.advanceTimersByTime(500);
    expect(isLeft(text)).toBe(false);
    expect(writer.deletionsInLog).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is completed when the writer is closed', async () => {
    const other = RatingsDatabase.open(home);
    const leave = startReader();
    await writer.deleteUser(person);
    leave();
    writer.close();
    expect(isLeft(person)).toBe(false);
    other.close();
  });

  it('is completed by the next process', async () => {
    const other = RatingsDatabase.open(home);
    const leave = startReader();
    await writer.deleteUser(person);
    writer.close();
    leave();
    expect(isLeft(person)).toBe(true);
    writer = new SqliteFeedbackWriter(home);
    writer.emptyOldLog();
    expect(isLeft(person)).toBe(false);
    other.close();
  });

  it('counts nothing for what was not stored', async () => {
    expect(await writer.delete('no such key')).toBe(false);
    expect(await writer.deleteUser('nobody')).toBeNull();
    expect(writer.deletionsInLog).toBe(0);
  });
});

describe('what earlier writes left', () => {
  /** Ids in random order, so that the index of ids splits its pages. */
  function people(count: number, seed: number): string[] {
    const random = new RandomStream(seed, 'people');
    return Array.from({ length: count }, () =>
      Array.from({ length: 8 }, () => (random.integer(90_000) + 10_000).toString(36)).join('-'),
    );
  }

  it('holds no copy of a row that the import moved', async () => {
    const first = people(1500, 1);
    await importLines(
      first.map((id) => `${id},a,4`),
      { replace: true },
    );
    const second = people(700, 2);
    await importLines(
      second.map((id) => `${id},a,4`),
      { append: true },
    );
    const gone = [...first, ...second].filter((_, k) => k % 20 === 0);
    for (const id of gone) await writer.deleteUser(id);
    expect(gone.filter(isLeft)).toEqual([]);
  });

  it('holds nobody of data that were replaced', async () => {
    const first = people(500, 3);
    await importLines(
      first.map((id) => `${id},a,4`),
      { replace: true },
    );
    expect(isLeft(first[7]!)).toBe(true);
    await importLines(['u,a,4'], { replace: true });
    expect(first.filter(isLeft)).toEqual([]);
  });
});

it('leaves no log behind an import, which would be as large as the data, also while the home is open', async () => {
  const open = RatingsDatabase.open(home);
  open.dataset();
  const ids = Array.from({ length: 3000 }, (_, k) => `user-${k},a,4`);
  await importLines(ids, { replace: true });
  expect(statSync(path).size).toBeGreaterThan(100_000);
  expect(statSync(`${path}-wal`).size).toBe(0);
  open.close();
});
