/** When a process follows the run that is named, and when it tries again. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Follower } from './follower.js';

let named: string | null;
let served: string | null;
let problems: string[];
let missing: boolean;
let loads: number;
/** What the next load does. */
let load: () => Promise<void>;
let follower: Follower;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  named = 'b';
  served = 'a';
  problems = [];
  missing = false;
  loads = 0;
  load = async () => {
    served = named;
  };
  follower = new Follower({
    store: {
      active: () => named,
      requirePublished: () => {
        if (missing) throw new Error(`no run ${named}`);
      },
    } as never,
    served: () => served,
    follow: () => {
      loads++;
      return load();
    },
    onProblem: ({ message }) => problems.push(message),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

async function look(): Promise<void> {
  follower.look();
  await new Promise(setImmediate);
}

const fail = (message: string) => async () => {
  throw new Error(message);
};

describe('Follower', () => {
  it('loads the named run once, and nothing while it is served or none is named', async () => {
    expect(follower.lag).toBeNull();
    await look();
    await look();
    expect([served, loads, follower.lag]).toEqual(['b', 1, null]);
    named = null;
    await look();
    expect([served, loads]).toEqual(['b', 1]);
  });

  it('waits a second after a failed load, then twice as long each time, a minute at most', async () => {
    load = fail('damaged');
    await look();
    const waits: number[] = [];
    for (let k = 0; k < 9; k++) {
      const before = loads;
      let waited = 0;
      while (loads === before) {
        vi.advanceTimersByTime(500);
        waited += 500;
        await look();
      }
      waits.push(waited);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(problems).toEqual(['damaged']);
    expect(follower.lag).toEqual({ run: 'b', problem: 'damaged' });
  });

  it('tells each new reason, and each run with a reason, once', async () => {
    load = fail('damaged');
    await look();
    vi.advanceTimersByTime(1000);
    load = fail('no memory');
    await look();
    expect(problems).toEqual(['damaged', 'no memory']);
    named = 'c';
    await look();
    expect(problems).toEqual(['damaged', 'no memory', 'no memory']);
    expect(loads).toBe(3);
  });

  it('tries another run at once, with a short wait again', async () => {
    load = fail('damaged');
    await look();
    vi.advanceTimersByTime(1000);
    await look();
    named = 'c';
    await look();
    expect(loads).toBe(3);
    vi.advanceTimersByTime(999);
    await look();
    expect(loads).toBe(3);
    vi.advanceTimersByTime(1);
    await look();
    expect(loads).toBe(4);
  });

  it('forgets failures once it has arrived', async () => {
    load = fail('damaged');
    await look();
    served = 'b';
    await look();
    expect(follower.lag).toBeNull();
    served = 'a';
    await look();
    expect(loads).toBe(2);
    expect(problems).toEqual(['damaged', 'damaged']);
  });

  it('looks for a run that is not there each time, and loads it when it comes', async () => {
    missing = true;
    for (let k = 0; k < 3; k++) await look();
    expect(problems).toEqual(['no run b']);
    expect(follower.lag).toEqual({ run: 'b', problem: 'no run b' });
    expect(loads).toBe(0);
    missing = false;
    await look();
    expect([served, follower.lag]).toEqual(['b', null]);
  });

  it('looks at nothing while a load is under way', async () => {
    let letGo: () => void = () => undefined;
    load = () =>
      new Promise<void>((resolve) => {
        letGo = resolve;
      });
    await look();
    named = 'c';
    await look();
    expect(loads).toBe(1);
    letGo();
    await new Promise(setImmediate);
    load = async () => {
      served = named;
    };
    await look();
    expect([served, loads]).toEqual(['c', 2]);
  });
});
