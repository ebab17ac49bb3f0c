/** Copies of stored data in memory: when they are read, by whom, and how old they may be. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HomeError } from '../../errors.js';
import { Kept } from './kept.js';

let version: number | null;
let reads: (number | null)[];
/** What a read of this moment gives; by default at once the version. */
let read: (before: number | null) => Promise<number>;
let kept: Kept<number>;

beforeEach(() => {
  version = 1;
  reads = [];
  read = async () => version ?? -1;
  kept = new Kept({
    version: () => version,
    read: (before: number | null) => {
      reads.push(before);
      return read(before);
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A read that is answered later. */
function held() {
  let answer: (value: number) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  read = () =>
    new Promise<number>((resolve, reject) => {
      answer = resolve;
      fail = reject;
    });
  return { answer: (value: number) => answer(value), fail: (error: Error) => fail(error) };
}

const turn = () => new Promise(setImmediate);

describe('Kept.current', () => {
  it('reads once a version, with the copy before', async () => {
    expect(kept.known(1)).toBeNull();
    expect(await kept.current()).toBe(1);
    expect(await kept.current()).toBe(1);
    expect([kept.known(1), kept.known(2), kept.known(null)]).toEqual([1, null, null]);
    version = 2;
    expect(await kept.current()).toBe(2);
    expect(reads).toEqual([null, 1]);
  });

  it('reads each time while the version is unknown', async () => {
    version = null;
    await kept.current();
    await kept.current();
    expect(reads).toHaveLength(2);
    expect(kept.known(null)).toBeNull();
  });

  it('does not take a copy for newer than its read began', async () => {
    const first = held();
    const asked = kept.current();
    // The data change under the read, which may have seen either.
    version = 2;
    first.answer(10);
    expect(await asked).toBe(10);
    expect([kept.known(2), kept.known(1)]).toEqual([null, 10]);
    read = async () => 20;
    expect(await kept.current()).toBe(20);
    expect(kept.known(2)).toBe(20);
  });

  it('gives all who come during a read one further read, which begins after it', async () => {
    const first = held();
    const early = kept.current();
    version = 2;
    const late = [kept.current(), kept.current(), kept.current()];
    await turn();
    expect(reads).toHaveLength(1);
    read = async () => 20;
    first.answer(10);
    expect(await early).toBe(10);
    expect(await Promise.all(late)).toEqual([20, 20, 20]);
    expect(reads).toEqual([null, 10]);
  });

  it('needs no further read where the one under way was of this version', async () => {
    const first = held();
    const all = [kept.current(), kept.current(), kept.current()];
    first.answer(10);
    expect(await Promise.all(all)).toEqual([10, 10, 10]);
    expect(reads).toHaveLength(1);
  });

  it('reads again after a read that failed, for those who waited and those who come', async () => {
    const first = held();
    const early = expect(kept.current()).rejects.toThrow('gone');
    const late = kept.current();
    await turn();
    read = async () => 11;
    first.fail(new HomeError('gone'));
    await early;
    expect(await late).toBe(11);
    version = 2;
    read = async () => {
      throw new HomeError('gone again');
    };
    await expect(kept.current()).rejects.toThrow('gone again');
    read = async () => 12;
    expect(await kept.current()).toBe(12);
  });
});

describe('Kept.lately', () => {
  it('throws where there is no copy yet, else gives the last one', async () => {
    read = async () => {
      throw new HomeError('gone');
    };
    await expect(kept.lately()).rejects.toThrow('gone');
    read = async () => 10;
    expect(await kept.lately()).toBe(10);
    version = 2;
    read = async () => {
      throw new HomeError('gone');
    };
    expect(await kept.lately()).toBe(10);
  });

  it('leaves the store alone for a second after a failure, and then asks it again', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    await kept.lately();
    version = 2;
    read = async () => {
      throw new HomeError('gone');
    };
    await kept.lately();
    read = async () => 20;
    vi.advanceTimersByTime(999);
    expect(await kept.lately()).toBe(1);
    expect(reads).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(await kept.lately()).toBe(20);
  });

  it('waits a second for a slow store, and takes what comes later all the same', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    await kept.lately();
    version = 2;
    const slow = held();
    const asked = kept.lately();
    let isAnswered = false;
    void asked.then(() => {
      isAnswered = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isAnswered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asked).toBe(1);
    slow.answer(20);
    await turn();
    expect(kept.known(2)).toBe(20);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hides no fault of the program', async () => {
    await kept.lately();
    version = 2;
    read = async () => {
      throw new TypeError('a fault');
    };
    await expect(kept.lately()).rejects.toThrow(TypeError);
  });
});
