/** What became of searches, from the rows of a database that the test plays. */
import { describe, expect, it } from 'vitest';
import { readStatus } from './status.js';

const worker = (name: string, rest: object = {}) => ({
  worker: name,
  search: 1,
  host: 'h',
  pid: 7,
  instruction_set: 'avx2',
  threads: null,
  version: '1.0.0',
  lease_s: 30,
  joined: 60,
  silent_s: 5,
  has_left: false,
  ...rest,
});
const trial = (number: number, rest: object = {}) => ({
  search: 1,
  trial: number,
  rung: 2,
  config: '{"model":"ease"}',
  score: null,
  failure: null,
  duration_s: 0,
  instruction_set: '',
  worker: null,
  lost: 0,
  recorded: false,
  running_s: 9,
  lease_s: 20,
  ...rest,
});

async function status(rows: { searches?: object[]; workers?: object[]; trials?: object[] }) {
  const read = async (text: string) => {
    const [table] = /search_workers ORDER|search_trials ORDER/.exec(text) ?? [''];
    if (table === '') return rows.searches ?? [];
    return (table.startsWith('search_workers') ? rows.workers : rows.trials) ?? [];
  };
  return readStatus({ read } as never);
}

const search = { search: 1, settings: '{}', trials: 4, begun: 0.5, seen: null };

describe('the status of a search', () => {
  it('has its own workers and trainings alone', async () => {
    const two = { ...search, search: 2, settings: '{"a":1}' };
    const found = await status({
      searches: [two, search],
      workers: [worker('a'), worker('b', { search: 2 })],
      trials: [trial(0), trial(1, { search: 2 }), trial(2, { search: 2, recorded: true })],
    });
    expect(found.map(({ search: number, settings }) => [number, settings])).toEqual([
      [2, '{"a":1}'],
      [1, '{}'],
    ]);
    expect(
      found.map(({ workers, running, results }) =>
        [workers, running, results].map((all) => all.length),
      ),
    ).toEqual([
      [1, 1, 1],
      [1, 1, 0],
    ]);
    expect(found[1]).toMatchObject({ trials: 4, begunAt: '1970-01-01T00:00:00.500Z' });
    expect(await status({})).toEqual([]);
  });

  it('gives results as they were recorded', async () => {
    const row = trial(3, {
      recorded: true,
      score: 0.5,
      duration_s: 12,
      instruction_set: 'neon',
      failure: 'x',
    });
    const [found] = await status({ searches: [search], trials: [row] });
    expect(found!.results).toEqual([
      {
        trial: 3,
        rung: 2,
        config: { model: 'ease' },
        score: 0.5,
        failure: 'x',
        durationS: 12,
        instructionSet: 'neon',
      },
    ]);
  });

  it('says what each worker does', async () => {
    const workers = [
      worker('waits', { threads: 3 }),
      worker('works'),
      worker('is silent', { silent_s: 30.1 }),
      worker('is just heard', { silent_s: 30 }),
      worker('left', { has_left: true, silent_s: 99 }),
      worker('is ahead', { silent_s: -2 }),
    ];
    const trials = [
      trial(0, { worker: 'works' }),
      trial(1, { worker: 'works', recorded: true }),
      trial(2, { worker: 'waits', recorded: true }),
      trial(3, { worker: 'waits', recorded: true }),
      trial(4, { worker: 'is silent' }),
    ];
    const [found] = await status({ searches: [search], workers, trials });
    expect(found!.workers.map(({ state, results, silentS }) => [state, results, silentS])).toEqual([
      ['waiting', 2, 5],
      ['working', 1, 5],
      ['silent', 0, 30.1],
      ['waiting', 0, 30],
      ['left', 0, 99],
      ['waiting', 0, 0],
    ]);
    expect(found!.workers[0]).toEqual({
      host: 'h',
      pid: 7,
      instructionSet: 'avx2',
      threads: 3,
      version: '1.0.0',
      joinedAt: '1970-01-01T00:01:00.000Z',
      silentS: 5,
      state: 'waiting',
      results: 2,
    });
  });

  it('says who trains what, and since when', async () => {
    const trials = [
      trial(0, { worker: 'b', lost: 2 }),
      trial(1, { worker: 'a', running_s: -1 }),
      trial(2, { worker: null, lease_s: 0 }),
      trial(3, { worker: 'of another search' }),
    ];
    const workers = [worker('a'), worker('b')];
    const [found] = await status({ searches: [search], workers, trials });
    expect(found!.running).toEqual([
      { trial: 0, rung: 2, config: { model: 'ease' }, worker: 1, runningS: 9, leaseS: 20, lost: 2 },
      { trial: 1, rung: 2, config: { model: 'ease' }, worker: 0, runningS: 0, leaseS: 20, lost: 0 },
      {
        trial: 2,
        rung: 2,
        config: { model: 'ease' },
        worker: null,
        runningS: 9,
        leaseS: 0,
        lost: 0,
      },
      {
        trial: 3,
        rung: 2,
        config: { model: 'ease' },
        worker: null,
        runningS: 9,
        leaseS: 20,
        lost: 0,
      },
    ]);
  });
});
