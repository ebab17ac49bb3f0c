/** Feedback over HTTP: storing, repeating and deleting. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import type { Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { importRatings } from '../../data/import.js';
import { homePlace } from '../../data/store/place.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { SqliteStore } from '../../data/store/sqlite/sqlite-store.js';
import type { ServedModel, ServedModels } from '../../serving/served-models.js';
import { createApp } from '../app.js';
import { createLogger } from '../request-log.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

let home: string;
let database: RatingsDatabase;
let store: SqliteStore;
let app: Express;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'multvae-feedback-route-'));
  const file = join(home, 'ratings.csv');
  writeFileSync(file, 'userId,movieId,rating\nu,a,5\nu,b,2\nv,a,4\n');
  await importRatings(home, file);
  database = RatingsDatabase.open(home);
  store = new SqliteStore(homePlace(home));
  const vocabulary = { items: ['a', 'b'], trainClicks: Int32Array.of(2, 1) };
  const model = { run: { id: 'r', protocol: paperProtocol, vocabulary }, recommender: null };
  const models = { active: () => model as unknown as ServedModel } as ServedModels;
  app = createApp({
    models,
    store,
    feedback: store.feedback,
    home,
    logger: createLogger('silent'),
    runs: null as never,
    evaluations: null as never,
  });
});
afterEach(async () => {
  await store.close();
  database.close();
  rmSync(home, { recursive: true });
});

const post = (body: object) => request(app).post('/feedback').send(body);

describe('POST /feedback', () => {
  it('stores one event or many, and says which items the model does not know', async () => {
    const one = { key: '1', userId: 'new', itemId: 'b', rating: 4.5, timestamp: 7 };
    await post(one).expect(201, {
      stored: 1,
      repeated: 0,
      events: [{ key: '1', status: 'stored', inModel: true }],
    });
    const many = [one, { key: '2', userId: 'new', itemId: 'unseen', rating: null }];
    await post({ events: many }).expect(201, {
      stored: 1,
      repeated: 1,
      events: [
        { key: '1', status: 'repeated', inModel: true },
        { key: '2', status: 'stored', inModel: false },
      ],
    });
    expect(database.userRatings('new')).toEqual([
      { itemId: 'b', rating: 4.5 },
      { itemId: 'unseen', rating: null },
    ]);
  });

  it('stores nothing of a list with a key that belongs to another event', async () => {
    await post({ key: '1', userId: 'u', itemId: 'a' }).expect(201);
    const other = { key: '1', userId: 'u', itemId: 'b' };
    const { body } = await post({
      events: [{ key: '2', userId: 'u', itemId: 'a' }, other],
    }).expect(409);
    expect(body).toMatchObject({ code: 'E_FEEDBACK_KEY', status: 409 });
    expect(body.detail).toMatch(/the key "1"/);
    await request(app).delete('/feedback/2').expect(404);
  });

  const event = { key: 'k', userId: 'u', itemId: 'a' };
  const faults: [body: unknown, message: RegExp][] = [
    [{}, /key is missing; give a string of 1 to 200/],
    [[], /the body is \[\]; give /],
    ['text', /the body is "text"; give /],
    [{ events: [] }, /events is \[\]; give at least one event/],
    [{ events: Array(1001).fill(event) }, /give at most 1000 events/],
    [
      { events: [event, { ...event, key: '' }] },
      /events\[1\]\.key is ""; give a string of 1 to 200/,
    ],
    [{ events: [event, 7] }, /events\[1\] is 7; give an event/],
    [{ ...event, key: 7 }, /key is 7; give a string of 1 to 200/],
    [{ ...event, key: 'k\ud800' }, /key is "k\\ud800"; give a string of valid Unicode/],
    [{ ...event, userId: '' }, /userId is ""; give a string of 1 to 500/],
    [{ ...event, userId: ' ' }, /userId is " "; give a string of 1 to 500/],
    [{ ...event, userId: 7 }, /userId is 7; give a string of 1 to 500/],
    [{ ...event, userId: 'bob\ud800' }, /userId is "bob\\ud800"; give a string/],
    [{ events: [event, { ...event, itemId: 'a\nb' }] }, /events\[1\]\.itemId is .*control/],
    [{ ...event, itemId: 'a\0b' }, /itemId is .*without control characters/],
    [{ ...event, itemId: 'x'.repeat(501) }, /itemId is .*1 to 500/],
    [{ ...event, rating: '5' }, /rating is "5"; give a number/],
    [{ ...event, rating: 5.5 }, /rating is 5\.5 in the event "k"; give a number from 0\.5 to 5/],
    [{ ...event, timestamp: '7' }, /timestamp is "7"; give a number of seconds/],
    [{ ...event, timestamp: -1e12 }, /give a number of seconds .* looks like milliseconds/],
    [{ ...event, timestamp: 1764080000000 }, /looks like milliseconds, so divide it by 1000$/],
    [{ ...event, timestamp: 1764080000000000 }, /looks like microseconds, .* by 1000000$/],
    [{ ...event, timestamp: 1e18 }, /in the years 1 to 9999$/],
    [{ ...event, rating: -7 }, /rating is -7 in the event "k"; give a number from 0\.5 to 5/],
    [{ ...event, rating: 1e300 }, /rating is 1e\+300 in the event "k"; give a number from/],
    [{ ...event, color: 'red' }, /"color" in the body is not a field/],
  ];
  // Named by its message: a body may be long.
  it.each(faults.map(([body, message]) => [message, body] as const))(
    'refuses with %s',
    async (message, body) => {
      const answer = await request(app)
        .post('/feedback')
        .set('Content-Type', 'application/json')
        .send(JSON.stringify(body))
        .expect(400)
        .expect('Content-Type', /^application\/problem\+json/);
      expect(answer.body.detail).toMatch(message);
    },
  );

  it.each([
    ['a cut body', 400, 'application/json', '{"key":'],
    ['plain text', 415, 'text/plain', '{}'],
    ['a large body', 413, 'application/json', `"${'x'.repeat(1_000_001)}"`],
    ['another encoding', 415, 'application/json; charset=latin1', '{}'],
  ])('refuses %s with %i', async (_, status, type, body) => {
    const answer = await request(app).post('/feedback').set('Content-Type', type).send(body);
    expect([answer.status, answer.body.status]).toEqual([status, status]);
  });

  it('trims the blanks around an id, and keeps fractions of a second and times before 1970', async () => {
    const events = [
      { key: '1', userId: ' w ', itemId: 'a\t', timestamp: -0.5 },
      { key: '2', userId: 'w', itemId: '\u3000b', timestamp: 1764080000.25 },
    ];
    await post({ events }).expect(201);
    expect(database.userHistory('w')).toMatchObject([
      { itemId: 'b', timestamp: 1764080000.25 },
      { itemId: 'a', timestamp: -0.5 },
    ]);
    const { body } = await request(app).get('/items/%20a').expect(200);
    expect(body).toMatchObject({ itemId: 'a', clicks: 3 });
    await request(app).delete('/users/%20w').expect(200, { userId: 'w', ratings: 0, feedback: 2 });
  });

  it('reaches ids of an older version that are none today', async () => {
    const long = 'x'.repeat(600);
    const db = new Sqlite(join(home, 'multvae.db'));
    const rename = db.prepare('UPDATE items SET id = ? WHERE id = ?');
    rename.run(' a', 'a');
    rename.run('b\nb', 'b');
    db.prepare('UPDATE users SET id = ? WHERE id = ?').run(long, 'u');
    db.prepare('UPDATE users SET id = ? WHERE id = ?').run(' v', 'v');
    db.close();
    await request(app)
      .get('/items/%20a')
      .expect(200)
      .expect(({ body }) => expect(body).toMatchObject({ itemId: ' a', clicks: 2 }));
    await request(app)
      .get('/items/b%0Ab/users')
      .expect(({ body }) => expect(body.users).toHaveLength(1));
    await post({ key: '1', userId: long, itemId: 'b\nb', rating: 5 }).expect(201);
    expect(database.userRatings(long)).toEqual([
      { itemId: ' a', rating: 5 },
      { itemId: 'b\nb', rating: 5 },
    ]);
    await request(app).delete('/users/%20v').expect(200, { userId: ' v', ratings: 1, feedback: 0 });
    await request(app).delete(`/users/${long}`).expect(200);
    const { body } = await request(app).delete(`/users/${long}`).expect(400);
    expect(body.detail).toMatch(/^userId is .*; give a string of 1 to 500 characters/);
  });

  it('refuses a rating where the data have none, and says what to send', async () => {
    const file = join(home, 'plays.csv');
    writeFileSync(file, 'userId,movieId\nu,a\n');
    await importRatings(home, file, { replace: true });
    const { body } = await post({ key: 'k', userId: 'u', itemId: 'a', rating: 1 }).expect(400);
    expect(body.detail).toBe(
      'rating is 1 in the event "k", but the data have no ratings: each event is a click; leave rating out, or give null',
    );
    await post({ key: 'k', userId: 'u', itemId: 'a', rating: null }).expect(201);
  });

  it('refuses a body that is not compressed as its headers say', async () => {
    const answer = await post(event).set('Content-Encoding', 'gzip');
    expect([answer.status, answer.body.status]).toEqual([400, 400]);
  });

  it('is 503 with Retry-After while another process writes', async () => {
    const other = new Sqlite(join(home, 'multvae.db'));
    other.exec('BEGIN IMMEDIATE');
    const { body } = await post(event).expect(503).expect('Retry-After', '2');
    expect(body).toMatchObject({ code: 'E_BUSY' });
    expect(JSON.stringify(body)).not.toContain(home);
    other.exec('COMMIT');
    other.close();
    await post(event).expect(201);
  });
});

describe('DELETE', () => {
  it('deletes an event', async () => {
    const key = 'a/b ü';
    await post({ key, userId: 'u', itemId: 'c' }).expect(201);
    const address = `/feedback/${encodeURIComponent(key)}`;
    await request(app).delete(address).expect(204, '');
    const { body } = await request(app).delete(address).expect(404);
    expect(body).toMatchObject({ code: 'E_UNKNOWN_KEY' });
  });

  it('deletes a user', async () => {
    await post({ key: '1', userId: 'u', itemId: 'c' }).expect(201);
    await request(app).delete('/users/u').expect(200, { userId: 'u', ratings: 2, feedback: 1 });
    const { body } = await request(app).delete('/users/u').expect(404);
    expect(body).toMatchObject({ code: 'E_UNKNOWN_USER' });
    expect(database.userRatings('u')).toBeNull();
    expect(database.userRatings('v')).toEqual([{ itemId: 'a', rating: 4 }]);
  });
});
