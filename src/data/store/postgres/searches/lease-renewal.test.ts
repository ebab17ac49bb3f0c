/** How a lease is renewed, with a database and a worker that the test plays. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HomeError, StorageError } from '../../../../errors.js';
import type { LeaseReport, LeaseRequest } from './lease-messages.js';
import { LeaseRenewal } from './lease-renewal.js';
import { renewLease, sayAlive } from './statements.js';

const data = { url: 'postgres://h/d', worker: 'w', leaseS: 30 };
const lease = { search: 1, trial: 2, rung: 0, lease: 'mine' };
const other = { ...lease, trial: 3, lease: 'next' };
const gone = () => new StorageError('gone', 'no route');
const renewal = [renewLease, ['w', 30, 1, 2, 0, 'mine']];
const alive = [sayAlive, ['w']];

let log: unknown[];
let ask: (request: LeaseRequest) => void;

/** An answer of the database, and what the worker asks meanwhile. */
type Answer = Error | { renewed: boolean; recorded: boolean } | (() => Answer);

const isRenewed = { renewed: true, recorded: false };

/** Runs it over these answers, with a pause after each; the worker closes after the last. */
async function run(...answers: Answer[]): Promise<void> {
  const left = [...answers];
  const renewing = new LeaseRenewal(
    data,
    {
      postMessage: (report: LeaseReport) => log.push(report),
      on: (_, listener) => {
        ask = listener;
      },
      close: () => log.push('port closed'),
    },
    {
      open: (url) => {
        expect(url).toBe(data.url);
        return {
          read: async (text: string, values: unknown) => {
            log.push([text, values]);
            let answer = left.shift()!;
            while (typeof answer === 'function') answer = answer();
            if (answer instanceof Error) throw answer;
            return [answer] as never;
          },
          close: async () => void log.push('database closed'),
        };
      },
      pause: async (ms, signal) => {
        expect(signal.aborted).toBe(false);
        log.push(ms);
        if (left.length > 0) return;
        ask({ close: true });
        expect(signal.aborted).toBe(true);
      },
    },
  );
  ask({ hold: lease });
  await renewing.run();
}

const end = ['database closed', 'port closed'];

beforeEach(() => {
  log = [];
});

describe('a lease', () => {
  it('is renewed three times while it lasts, and the worker is told once that it is kept', async () => {
    await run(isRenewed, isRenewed);
    expect(log).toEqual([renewal, { ready: true }, 10_000, renewal, 10_000, ...end]);
  });

  it('that is given up is renewed no longer, and the next one is', async () => {
    const drop = () => {
      ask({ hold: null });
      return isRenewed;
    };
    const next = () => {
      ask({ hold: other });
      return isRenewed;
    };
    await run(drop, next, isRenewed);
    const renewalOfNext = [renewLease, ['w', 30, 1, 3, 0, 'next']];
    expect(log).toEqual([
      renewal,
      { ready: true },
      10_000,
      alive,
      10_000,
      renewalOfNext,
      10_000,
      ...end,
    ]);
  });

  it('that another worker took is lost, and is still asked for', async () => {
    const lost = { renewed: false, recorded: false };
    await run(lost, isRenewed);
    expect(log).toEqual([
      renewal,
      { lost: 'mine' },
      { ready: true },
      10_000,
      renewal,
      10_000,
      ...end,
    ]);
  });

  it.each([true, false])(
    'ends with the result of another worker (renewed: %s)',
    async (renewed) => {
      await run({ renewed, recorded: true }, isRenewed);
      expect(log).toEqual([
        renewal,
        { ended: 'mine' },
        { ready: true },
        10_000,
        alive,
        10_000,
        ...end,
      ]);
    },
  );

  it('that was taken meanwhile stays', async () => {
    const recorded = () => {
      ask({ hold: other });
      return { renewed: false, recorded: true };
    };
    await run(recorded, isRenewed);
    expect(log.slice(0, 5)).toEqual([
      renewal,
      { ended: 'mine' },
      { ready: true },
      10_000,
      [renewLease, ['w', 30, 1, 3, 0, 'next']],
    ]);
  });
});

describe('a database that is gone', () => {
  it('is asked again ever more rarely, and told of once', async () => {
    await run(gone(), gone(), gone(), isRenewed, gone(), isRenewed);
    expect(log.filter((entry) => !Array.isArray(entry))).toEqual([
      { gone: 'no route' },
      { ready: true },
      200,
      400,
      800,
      { back: true },
      10_000,
      { gone: 'no route' },
      200,
      { back: true },
      10_000,
      ...end,
    ]);
  });

  it('is asked at least as often as a lease is renewed', async () => {
    await run(...Array.from({ length: 8 }, gone));
    expect(log.filter(Number.isFinite)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });
});

it('has a connection of its own, and ends at once when it is told to', async () => {
  let ask: (request: LeaseRequest) => void = () => undefined;
  const told: LeaseReport[] = [];
  const port = {
    postMessage: (report: LeaseReport) => {
      told.push(report);
      if ('ready' in report) queueMicrotask(() => ask({ close: true }));
    },
    on: (_: 'message', listener: typeof ask) => {
      ask = listener;
    },
    close: () => undefined,
  };
  // Nothing listens there.
  const nowhere = { ...data, url: 'postgres://127.0.0.1:1/d', leaseS: 1e6 };
  await new LeaseRenewal(nowhere, port).run();
  expect(told).toEqual([
    { gone: expect.stringMatching(/^postgres:\/\/127\.0\.0\.1:1\/d .*no server listens/) },
    { ready: true },
  ]);
});

it.each<[Error, unknown]>([
  [new HomeError('replaced'), expect.stringMatching(/^HomeError: replaced\n +at /)],
  [Object.assign(new HomeError('replaced'), { stack: undefined }), 'replaced'],
])('ends with a fault that does not pass, and says which', async (error, fault) => {
  await run(isRenewed, error, isRenewed);
  expect(log).toEqual([renewal, { ready: true }, 10_000, renewal, { fault }, ...end]);
});
