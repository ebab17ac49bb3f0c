/** A worker's part in a search, over a database and a thread that the test plays. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HomeError, StorageError } from '../../../../errors.js';
import { type MembershipOptions, PostgresSearch, stateOf } from './membership.js';
import * as sql from './statements.js';

const keeper = vi.hoisted(() => ({
  log: [] as unknown[],
  watch: null as unknown as {
    onGone(why: string): void;
    onBack(): void;
    onLost(lease: object): void;
  },
  data: null as unknown,
  fault: null as Error | null,
}));

vi.mock('./lease-keeper.js', () => ({
  LeaseKeeper: class {
    constructor(data: unknown, watch: typeof keeper.watch) {
      Object.assign(keeper, { data, watch });
    }
    async ready() {
      keeper.log.push('ready');
    }
    hold(lease: object) {
      keeper.log.push({ hold: lease });
      return 'signal';
    }
    drop() {
      keeper.log.push('drop');
    }
    check() {
      if (keeper.fault !== null) throw keeper.fault;
    }
    async close() {
      keeper.log.push('close');
    }
  },
}));

const config = { model: 'ease' };
const row = (rest: object = {}) => ({
  trial: 3,
  rung: 1,
  config: JSON.stringify(config),
  score: null,
  failure: null,
  duration_s: 0,
  instruction_set: '',
  recorded: false,
  ...rest,
});
const step = { trial: 3, rung: 1, config } as never;
const gone = () => new StorageError('gone', 'no route');

const names = new Map(Object.entries(sql).map(([name, text]) => [text as unknown, name]));
let asked: [name: string, values: unknown][];
let remarks: string[];
/** What the statements give, by their names; the last answer of each stays. */
let answers: Record<string, unknown[]>;

function answer(text: string, values: unknown) {
  const name = names.get(text)!;
  asked.push([name, values]);
  const [first, ...rest] = answers[name] ?? [[]];
  if (rest.length > 0) answers[name] = rest;
  if (first instanceof Error) throw first;
  return first;
}

function part(rest: Partial<MembershipOptions> = {}) {
  return new PostgresSearch({
    database: {
      read: async (text: string, values: unknown) => answer(text, values),
      transaction: async (work: (session: object) => Promise<unknown>) => {
        asked.push(['transaction', null]);
        return work({ run: async (text: string, values: unknown) => answer(text, values) });
      },
    } as never,
    url: 'postgres://h',
    search: 7,
    isNew: true,
    id: 'me',
    worker: { leaseS: 30, instructionSet: 'avx2' } as never,
    onRemark: (remark) => remarks.push(remark),
    ...rest,
  });
}

beforeEach(() => {
  Object.assign(keeper, { log: [], fault: null });
  asked = [];
  remarks = [];
  answers = {};
});

describe('a part', () => {
  it('names its worker to the thread, and is ready with it', async () => {
    const search = part();
    expect(keeper.data).toEqual({ url: 'postgres://h', worker: 'me', leaseS: 30 });
    expect([search.search, search.isNew]).toEqual([7, true]);
    await search.ready();
    expect(keeper.log).toEqual(['ready']);
  });

  it('takes what another worker left, before anything new', async () => {
    answers.takeAbandoned = [[row({ lost: 2 })]];
    const next = vi.fn();
    const held = await part().take(next);
    expect(next).not.toHaveBeenCalled();
    expect(asked).toEqual([
      ['failLost', [7, expect.stringMatching(/^\d+ workers ended without a word while they/)]],
      ['takeAbandoned', [7, expect.any(String), 'me', 30]],
    ]);
    const lease = (asked[1]![1] as string[])[1];
    expect(held).toEqual({ trial: 3, rung: 1, config, lease, lost: 2, ended: 'signal' });
    expect(keeper.log).toEqual([{ hold: { search: 7, trial: 3, rung: 1, lease } }]);
  });

  it.each(['wait', 'over'] as const)('takes nothing where the search says %s', async (said) => {
    answers.readTrials = [[row({ recorded: true }), row()]];
    const next = vi.fn(() => said);
    expect(await part().take(next)).toBe(said);
    expect(next).toHaveBeenCalledWith(stateOf([row({ recorded: true }), row()] as never));
    expect(keeper.log).toEqual([]);
  });

  it('begins the next training, and looks again where another worker did', async () => {
    answers.beginTrial = [[], [{ lost: 0 }]];
    const next = vi.fn(() => step);
    const held = await part().take(next);
    expect(next).toHaveBeenCalledTimes(2);
    const once = ['failLost', 'takeAbandoned', 'readTrials', 'beginTrial'];
    expect(asked.map(([name]) => name)).toEqual([...once, ...once]);
    const { lease } = held as { lease: string };
    expect(asked.at(-1)![1]).toEqual([7, 3, 1, JSON.stringify(config), lease, 'me', 30]);
    expect(held).toEqual({ trial: 3, rung: 1, config, lease, lost: 0, ended: 'signal' });
  });

  it('takes nothing once the thread has failed', async () => {
    keeper.fault = new Error('broken');
    await expect(part().take(() => 'wait')).rejects.toThrow('broken');
    expect(asked).toEqual([]);
  });

  const held = { trial: 3, rung: 1, config, lease: 'l', lost: 0 } as never;
  const result = { trial: 3, rung: 1, config, score: 0.5, failure: null, durationS: 9 } as never;

  it.each([
    [[{ own: true }], true],
    [[{ own: false }], false],
    [[], false],
  ])('records a result, which %j says is its own: %s', async (rows, own) => {
    answers.isRecorded = [rows];
    expect(await part().record(held, result)).toBe(own);
    expect(asked).toEqual([
      ['transaction', null],
      ['recordResult', [7, 3, 1, 'me', 'l', 0.5, null, 9, 'avx2']],
      ['isRecorded', [7, 3, 1, 'l']],
    ]);
    expect(keeper.log).toEqual(['drop']);
  });

  it('gives back and leaves, also where the store is gone', async () => {
    const search = part();
    await search.giveBack(held);
    await search.leave();
    expect(asked).toEqual([
      ['giveBack', [7, 3, 1, 'l']],
      ['leaveSearch', ['me']],
    ]);
    expect(keeper.log).toEqual(['drop', 'close']);
    answers = { giveBack: [gone()], leaveSearch: [gone()] };
    await search.giveBack(held);
    await search.leave();
    expect(remarks).toEqual([]);
  });

  it('waits for a store that is gone, and says so once', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    try {
      answers.readTrials = [gone(), gone(), [row()]];
      const search = part();
      expect((await search.state()).running).toHaveLength(1);
      const wait = 'no route; this worker goes on, and waits for it where it must';
      expect(remarks).toEqual([wait, 'the store answers again']);
      // The thread notices it too, and says it no second time.
      keeper.watch.onGone('no route');
      keeper.watch.onGone('no route');
      keeper.watch.onBack();
      keeper.watch.onBack();
      expect(remarks.slice(2)).toEqual([wait, 'the store answers again']);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('waits for no other error', async () => {
    answers.readTrials = [new HomeError('x')];
    await expect(part().state()).rejects.toThrow(/^x$/);
    expect([asked.length, remarks]).toEqual([1, []]);
  });

  it('stops waiting when it is told to', async () => {
    answers.readTrials = [gone()];
    const stopping = new AbortController();
    const reason = new Error('stopped');
    const search = part({
      signal: stopping.signal,
      onRemark: () => queueMicrotask(() => stopping.abort(reason)),
    });
    await expect(search.state()).rejects.toBe(reason);
    expect(asked).toHaveLength(1);
    await expect(search.state()).rejects.toBe(reason);
    expect(asked).toHaveLength(2);
  });

  it('says which training another worker took over', () => {
    part();
    keeper.watch.onLost({ trial: 4 });
    expect(remarks).toEqual([
      expect.stringMatching(
        /^another worker has taken trial 5 over, .* not heard of for 30 seconds;/,
      ),
    ]);
    part({ onRemark: undefined } as never);
    keeper.watch.onLost({ trial: 4 });
    keeper.watch.onGone('x');
    keeper.watch.onBack();
    expect(remarks).toHaveLength(1);
  });
});

it('tells what is running from results', () => {
  const recorded = row({
    trial: 1,
    recorded: true,
    score: 0.5,
    duration_s: 9,
    instruction_set: 'neon',
  });
  expect(stateOf([row(), recorded, row({ trial: 5 })] as never)).toEqual({
    running: [
      { trial: 3, rung: 1, config },
      { trial: 5, rung: 1, config },
    ],
    results: [
      {
        trial: 1,
        rung: 1,
        config,
        score: 0.5,
        failure: null,
        durationS: 9,
        instructionSet: 'neon',
      },
    ],
  });
});
