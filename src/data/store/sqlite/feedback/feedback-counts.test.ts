/** How many users clicked or rated an item, with feedback. */

import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FeedbackEvent } from '../../../feedback.js';
import type { ItemId, UserId } from '../../../ids.js';
import { History, recordBytes } from '../../histories/history.js';
import { migrateSchema } from '../schema.js';
import { deleteUser } from '../user-deletion.js';
import { recountFeedback } from './feedback-counts.js';
import { FeedbackTable } from './feedback-table.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

/** The last user and the last item have no imported rating. */
const users = ['u', 'v', 'w'] as UserId[];
const items = ['a', 'b', 'c'] as ItemId[];

/** A database in memory in which u has a and b, and v has a. */
function imported(): BetterSqlite3.Database {
  const db = new Sqlite(':memory:');
  migrateSchema(db);
  db.exec(`INSERT INTO dataset VALUES (0, 'd', 'abcd', 2, 2, 3, 3, 3, NULL, NULL, '[]', '2026', NULL);
    INSERT INTO users VALUES (0, 'u'), (1, 'v');
    INSERT INTO items (item_index, id, ratings) VALUES (0, 'a', 2), (1, 'b', 1), (2, 'c', 0)`);
  const insert = db.prepare('INSERT INTO histories VALUES (?, ?, NULL)');
  insert.run(0, historyOf(0, 1));
  insert.run(1, historyOf(0));
  return db;
}

function historyOf(...own: number[]): Buffer {
  const bytes = Buffer.alloc(own.length * recordBytes);
  const history = new History(bytes);
  own.forEach((item, record) => {
    history.place(record, item, record);
    history.rate(record, Number.NaN, Number.NaN);
  });
  return bytes;
}

/** The users of each item, counted from the rows themselves. */
function usersOf(db: BetterSqlite3.Database): number[] {
  const having = items.map(() => new Set<string>());
  const histories = db.prepare('SELECT id, ratings FROM histories JOIN users USING (user_index)');
  for (const [id, ratings] of histories.raw().iterate() as IterableIterator<[string, Buffer]>) {
    const history = new History(ratings);
    for (let r = 0; r < history.length; r++) having[history.item(r)]!.add(id);
  }
  const events = db.prepare('SELECT user_id, item_id FROM feedback').raw();
  for (const [user, item] of events.iterate() as IterableIterator<[string, ItemId]>) {
    having[items.indexOf(item)]!.add(user);
  }
  return having.map(({ size }) => size);
}

const key = fc.nat(6).map(String);
const userId = fc.constantFrom(...users);
const event = fc.record({
  key,
  userId,
  itemId: fc.constantFrom(...items),
  rating: fc.constant(null),
  timestamp: fc.constant(null),
}) as fc.Arbitrary<FeedbackEvent>;
const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ store: event }) },
  { weight: 3, arbitrary: fc.record({ delete: key }) },
  { weight: 1, arbitrary: fc.record({ forget: userId }) },
);

it('counts each user of an item once, after any events, deletions and a recount', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 15 }), (changes) => {
      const db = imported();
      const table = new FeedbackTable(db);
      const keys = new Set<string>();
      for (const next of changes) {
        if ('delete' in next) table.delete(next.delete);
        else if ('forget' in next) deleteUser(db, next.forget);
        else if (!keys.has(next.store.key)) table.store([next.store]);
        if ('store' in next) keys.add(next.store.key);
      }
      const counts = db
        .prepare('SELECT ratings + feedback_users FROM items ORDER BY item_index')
        .pluck();
      const expected = usersOf(db);
      expect(counts.all()).toEqual(expected);
      db.exec('UPDATE items SET feedback_users = 77');
      recountFeedback(db);
      expect(counts.all()).toEqual(expected);
      db.close();
    }),
    { numRuns: 150 },
  );
});
