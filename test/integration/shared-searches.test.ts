/** Searches that workers share in PostgreSQL: who gets what, and whose result counts. */

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse.js';
import { addressOf } from '../../src/data/store/postgres/address.js';
import { Connection } from '../../src/data/store/postgres/connection.js';
import { openSchema } from '../../src/data/store/postgres/schema.js';
import { PostgresSearches } from '../../src/data/store/postgres/searches/searches.js';
import { maxLost } from '../../src/data/store/postgres/searches/statements.js';
import type {
  HeldTrial,
  NextStep,
  SearchWorker,
  SharedSearch,
} from '../../src/data/store/shared-searches.js';
import type { TrialResult, TrialStep } from '../../src/data/trial.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) process.stderr.write(`shared-searches.test.ts is skipped: ${missing}\n`);

const worker: SearchWorker = {
  host: 'here',
  pid: 1,
  instructionSet: 'portable',
  threads: 2,
  version: '0',
  trials: 3,
  leaseS: 3600,
};
const config = parseConfig('mult-vae', { epochs: 9 });
const step = (trial: number, rung = 0): TrialStep => ({ trial, rung, config });
/** Hands out trials 0, 1, 2, … */
const inOrder: NextStep = ({ results, running }) => {
  const begun = results.length + running.length;
  if (begun < 3) return step(begun);
  return running.length > 0 ? 'wait' : 'over';
};

const resultOf = ({ trial, rung }: TrialStep, score: number | null = 0.25): TrialResult => ({
  trial,
  rung,
  config,
  score,
  failure: score === null ? 'the loss is NaN' : null,
  durationS: 1.5,
});

describe.skipIf(missing !== null)('shared searches', () => {
  let server: TestPostgres;
  let url: string;
  let database: Connection;
  let searches: PostgresSearches;
  let settings = 0;
  const open: SharedSearch[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    url = server.newSchema();
    database = new Connection(addressOf(url));
    await openSchema(database, { create: true });
    searches = new PostgresSearches(database, url);
  });
  afterAll(async () => {
    await Promise.all(open.map((search) => search.leave()));
    await database?.close();
    await server?.stop();
  });

  /** Another worker in the newest search. */
  async function join(changes: Partial<SearchWorker> = {}, onRemark?: (text: string) => void) {
    const joined = await searches.join(
      `{"test":${settings}}`,
      { ...worker, ...changes },
      onRemark && { onRemark },
    );
    open.push(joined);
    return joined;
  }
  const begin = (changes: Partial<SearchWorker> = {}, onRemark?: (text: string) => void) => {
    settings++;
    return join(changes, onRemark);
  };
  async function taken(search: SharedSearch, next: NextStep = inOrder): Promise<HeldTrial> {
    const held = await search.take(next);
    if (typeof held === 'string') throw new Error(`there is nothing to take: ${held}`);
    return held;
  }
  /** Ends every lease of a search, as time would. */
  const endLeases = ({ search }: SharedSearch) =>
    database.read(
      `UPDATE store.search_trials SET lease_until = clock_timestamp() - interval '1 hour', lease_s = 0 WHERE search = $1`,
      [search],
    );

  it('are the same for the same settings, and others for others', async () => {
    const first = await begin();
    const second = await join({ trials: 7 });
    const third = await begin();
    expect(second.search).toBe(first.search);
    expect(third.search).not.toBe(first.search);
    expect([first, second, third].map(({ isNew }) => isNew)).toEqual([true, false, true]);
    const [, earlier] = (await searches.status()).sort((a, b) => b.search - a.search);
    expect(earlier).toMatchObject({ search: first.search, trials: 7 });
  });

  it('take settings that are longer than an index takes', async () => {
    const random = () => Array.from({ length: 20_000 }, () => Math.random());
    const text = JSON.stringify({ long: random() });
    const first = await searches.join(text, worker);
    const second = await searches.join(text, worker);
    open.push(first, second);
    expect(second.search).toBe(first.search);
  });

  it('hand out each training once, also to many workers at the same time', async () => {
    const first = await begin();
    const workers = [first, ...(await Promise.all(Array.from({ length: 3 }, () => join())))];
    const held = await Promise.all(workers.map((search) => search.take(inOrder)));
    const names = held.map((one) => (typeof one === 'string' ? one : one.trial));
    expect(names.filter((name) => typeof name === 'number').toSorted()).toEqual([0, 1, 2]);
    expect(names.filter((name) => name === 'wait')).toHaveLength(1);
    const { results, running } = await first.state();
    expect(results).toEqual([]);
    expect(running).toEqual([0, 1, 2].map((trial) => step(trial)));
  });

  it('keep a result with everything that it says, and end when all are there', async () => {
    const search = await begin();
    const odd = { score: 0.1 + 0.2, failure: null };
    for (const [trial, change] of [odd, { score: null }, {}].entries()) {
      const held = await taken(search);
      expect(held).toMatchObject({ trial, rung: 0, config, lost: 0 });
      const result = { ...resultOf(held, 'score' in change ? change.score : 0.5) };
      expect(await search.record(held, result)).toBe(true);
    }
    expect(await search.take(inOrder)).toBe('over');
    const { results } = await search.state();
    expect(results.map(({ score }) => score)).toEqual([0.1 + 0.2, null, 0.5]);
    expect(results[1]).toEqual({
      ...resultOf(step(1), null),
      instructionSet: 'portable',
    });
    // The order of the fields decides whether a checkpoint fits.
    expect(JSON.stringify(results[0]!.config)).toBe(JSON.stringify(config));
  });

  it('hand a training that was given back to the next worker', async () => {
    const first = await begin();
    const second = await join();
    await first.giveBack(await taken(first));
    const held = await taken(second, () => 'over');
    expect(held).toMatchObject({ trial: 0, lost: 0 });
    expect(await first.take(() => 'wait')).toBe('wait');
  });

  it('hand a training to another worker once its lease has ended, and not before', async () => {
    const first = await begin();
    const second = await join();
    await taken(first);
    expect(await second.take(() => 'wait')).toBe('wait');
    await endLeases(first);
    const held = await taken(second, () => 'wait');
    expect(held).toMatchObject({ trial: 0, lost: 1 });
    expect(await first.take(() => 'wait')).toBe('wait');
  });

  it('hand an abandoned training to one worker of many', async () => {
    const first = await begin();
    await taken(first);
    const others = await Promise.all(Array.from({ length: 3 }, () => join()));
    await endLeases(first);
    const held = await Promise.all(others.map((search) => search.take(() => 'wait')));
    expect(held.filter((one) => typeof one !== 'string')).toHaveLength(1);
  });

  it('count the first result, whoever gives it', async () => {
    const first = await begin();
    const second = await join({ instructionSet: 'avx512' });
    const slow = await taken(first);
    await endLeases(first);
    const fast = await taken(second);
    expect(fast.trial).toBe(slow.trial);
    expect(await second.record(fast, resultOf(fast, 0.5))).toBe(true);
    expect(await first.record(slow, resultOf(slow, 0.25))).toBe(false);
    const { results } = await first.state();
    expect(results).toEqual([{ ...resultOf(fast, 0.5), instructionSet: 'avx512' }]);
    // An answer that was lost is asked for again.
    expect(await second.record(fast, resultOf(fast, 0.75))).toBe(true);
    expect(await first.state()).toMatchObject({ results });
  });

  it('keep the lease of a worker whose main thread computes without a pause', async () => {
    const busy = await begin({ leaseS: 4 });
    const other = await join();
    await taken(busy);
    // Longer than a lease.
    const end = performance.now() + 4500;
    while (performance.now() < end);
    expect(await other.take(() => 'wait')).toBe('wait');
  });

  it('tell a worker that another one took its training over, and then that it has the result', async () => {
    const remarks: string[] = [];
    const first = await begin({ leaseS: 1 }, (text) => remarks.push(text));
    const second = await join();
    const slow = await taken(first);
    await endLeases(first);
    // The thread of the first worker may renew its lease before.
    let fast = await second.take(() => 'wait');
    while (typeof fast === 'string') {
      await endLeases(first);
      fast = await second.take(() => 'wait');
    }
    await expect.poll(() => remarks).toHaveLength(1);
    expect(remarks[0]).toMatch(/another worker has taken trial 1 over.*the first result counts/);
    expect(slow.ended.aborted).toBe(false);
    const ended = once(slow.ended, 'abort');
    await second.record(fast, resultOf(fast));
    await ended;
    expect(remarks).toHaveLength(1);
  });

  it('let a worker keep a lease that ended while nobody wanted it', async () => {
    const first = await begin({ leaseS: 1 });
    const held = await taken(first);
    await endLeases(first);
    const until = async () => {
      const [row] = await database.read<{ holds: boolean }>(
        'SELECT lease_until > clock_timestamp() AS holds FROM store.search_trials WHERE search = $1',
        [first.search],
      );
      return row!.holds;
    };
    await expect.poll(until).toBe(true);
    expect(await first.record(held, resultOf(held))).toBe(true);
  });

  it(`count a training as failed that ended ${maxLost} workers`, async () => {
    const search = await begin();
    await taken(search);
    for (let lost = 1; lost < maxLost; lost++) {
      await endLeases(search);
      expect(await taken(search, () => 'wait')).toMatchObject({ trial: 0, lost });
    }
    await endLeases(search);
    expect(await search.take(() => 'wait')).toBe('wait');
    const { results, running } = await search.state();
    expect(running).toEqual([]);
    expect(results).toMatchObject([{ trial: 0, score: null }]);
    expect(results[0]!.failure).toMatch(/10 workers ended/);
  });

  it('wait for a server that is gone, and go on', async () => {
    const remarks: string[] = [];
    const search = await begin({}, (text) => remarks.push(text));
    const held = await taken(search);
    server.kill();
    const recorded = search.record(held, resultOf(held));
    const next = recorded.then(() => search.take(inOrder));
    await expect.poll(() => remarks.length).toBeGreaterThan(0);
    await server.up();
    expect(await recorded).toBe(true);
    expect(await next).toMatchObject({ trial: 1 });
    expect(remarks).toEqual([
      expect.stringMatching(/this worker goes on, and waits/),
      'the store answers again',
    ]);
    expect(remarks.join()).not.toContain(server.password);
  });

  it('stop waiting for a server that is gone when they are told to', async () => {
    const stop = new AbortController();
    settings++;
    const search = await searches.join(`{"test":${settings}}`, worker, {
      signal: stop.signal,
      onRemark: () => stop.abort(new Error('stopped')),
    });
    const held = await taken(search);
    await server.down('immediate');
    await expect(search.record(held, resultOf(held))).rejects.toThrow('stopped');
    // Neither waits for long, or throws.
    await search.giveBack(held);
    await search.leave();
    await server.up();
    await expect.poll(() => searches.status().catch(() => null)).not.toBeNull();
  });

  it('show workers, trainings and results', async () => {
    const first = await begin({ pid: 11 });
    const second = await join({ pid: 12, host: 'there', instructionSet: 'avx2', threads: null });
    const third = await join({ pid: 13 });
    const silent = await join({ pid: 14, leaseS: 600 });
    const held = await taken(first);
    await first.record(held, resultOf(held));
    await taken(second);
    await second.giveBack(await taken(third));
    await taken(silent);
    await third.leave();
    const status = async () => {
      await database.read(
        "UPDATE store.search_workers SET seen_at = clock_timestamp() - interval '1 hour' WHERE pid = 14",
      );
      await database.read(
        "UPDATE store.search_trials SET lease_until = clock_timestamp() - interval '1 hour' WHERE lease_s = 600",
      );
      return (await searches.status()).find(({ search }) => search === first.search)!;
    };
    // The thread of the silent one says once more that it lives.
    await expect
      .poll(async () => (await status()).workers.map(({ state }) => state))
      .toContain('silent');
    const shown = await status();
    expect(shown.workers.map(({ pid, state, results }) => [pid, state, results])).toEqual([
      [11, 'waiting', 1],
      [12, 'working', 0],
      [13, 'left', 0],
      [14, 'silent', 0],
    ]);
    expect(shown.workers[1]).toMatchObject({
      host: 'there',
      instructionSet: 'avx2',
      threads: null,
      version: '0',
    });
    expect(shown.running.map(({ trial, worker }) => [trial, worker])).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(shown.running[0]!.leaseS).toBeGreaterThan(0);
    expect(shown.running[1]!.leaseS).toBe(0);
    expect(shown.results).toMatchObject([{ trial: 0, instructionSet: 'portable' }]);
    expect(Date.parse(shown.begunAt)).not.toBeNaN();
  });
});
