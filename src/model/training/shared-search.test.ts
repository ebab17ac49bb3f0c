/** A worker's part in a shared search, on a store in memory. */

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { MultVaeConfig } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import type {
  HeldTrial,
  NextStep,
  SearchState,
  SharedSearch,
  SharedTrialResult,
} from '../../data/store/shared-searches.js';
import type { TrialResult, TrialStep } from '../../data/trial.js';
import { ArgumentError, DivergenceError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { bestResult, type SearchPlan, search } from './search.js';
import { takePart } from './shared-search.js';

const base = parseConfig('mult-vae', { epochs: 90, seed: 4 });
const plan: SearchPlan = { base, fixed: [], seed: 1, trials: 20 };

/** Better near a learning rate of 1e-3, and with every epoch. */
function score({ config }: TrialStep): number {
  const { learningRate, epochs } = config as MultVaeConfig;
  return epochs / 1000 - Math.abs(Math.log(learningRate / 1e-3));
}

const nameOf = ({ trial, rung }: TrialStep) => `${trial} ${rung}`;

/** A search that lives in this process; every worker holds the same object. */
class MemorySearch implements SharedSearch {
  readonly search = 1;
  readonly isNew = true;
  readonly results: SharedTrialResult[] = [];
  readonly held = new Map<string, HeldTrial & { readonly end: AbortController }>();
  readonly free: TrialStep[] = [];
  /** Every training that was handed out. */
  readonly handed: string[] = [];

  async state(): Promise<SearchState> {
    return this.#now();
  }

  #now(): SearchState {
    return { results: [...this.results], running: [...this.held.values(), ...this.free] };
  }

  async take(next: NextStep): Promise<HeldTrial | 'wait' | 'over'> {
    const step = this.free.pop() ?? next(this.#now());
    if (typeof step === 'string') return step;
    const end = new AbortController();
    const { trial, rung, config } = step;
    const lease = String(this.handed.length);
    const held = { trial, rung, config, lease, lost: 0, ended: end.signal, end };
    expect(this.held.has(nameOf(step))).toBe(false);
    this.held.set(nameOf(step), held);
    this.handed.push(nameOf(step));
    return held;
  }

  async record(held: HeldTrial, result: TrialResult): Promise<boolean> {
    if (this.results.some((known) => nameOf(known) === nameOf(held))) return false;
    this.held.delete(nameOf(held));
    this.results.push({ ...result, instructionSet: 'portable' });
    return true;
  }

  async giveBack(held: HeldTrial): Promise<void> {
    this.held.delete(nameOf(held));
    this.free.push(held);
  }

  async leave(): Promise<void> {}
}

interface Part {
  readonly shared?: MemorySearch;
  readonly trials?: number;
  readonly signal?: AbortSignal;
  readonly objective?: (step: TrialStep, ended: AbortSignal) => Promise<number>;
  readonly onLate?: (step: TrialStep) => void;
  readonly onWait?: () => void;
}

function work({ shared = new MemorySearch(), trials = 20, objective, ...part }: Part) {
  return takePart({
    plan: { ...plan, trials },
    shared,
    signal: new AbortController().signal,
    waitMs: 1,
    objective: async (step, ended) => ({
      score: await (objective ?? (async () => score(step)))(step, ended),
      durationS: 1,
    }),
    ...part,
  });
}

/** Trains for a number of turns of the event loop that a seed decides, so that workers overtake one another. */
function slowly(seed: number) {
  let calls = 0;
  return async (step: TrialStep) => {
    const turns = new RandomStream(seed, 'turns', calls++).integer(20);
    for (let k = 0; k < turns; k++) await turn();
    return score(step);
  };
}

/** A result without what depends on who gave it. */
const essence = ({ trial, rung, config, score, failure }: TrialResult) => ({
  trial,
  rung,
  config,
  score,
  failure,
});

describe('a part in a shared search', () => {
  it('of a worker alone is the search of one process', async () => {
    const shared = new MemorySearch();
    await work({ shared });
    const kept: TrialResult[] = [];
    await search({
      plan,
      journal: {
        results: async () => kept,
        record: async (result) => void kept.push(result),
      },
      objective: async (step) => ({ score: score(step), durationS: 1 }),
    });
    expect(shared.results.map(essence)).toEqual(kept.map(essence));
  });

  it.each([1, 2, 3, 4])('of four workers gives each result once (order %i)', async (seed) => {
    const shared = new MemorySearch();
    await Promise.all(
      [0, 1, 2, 3].map((worker) => work({ shared, objective: slowly(10 * seed + worker) })),
    );
    const names = shared.results.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    expect(shared.handed.toSorted()).toEqual(names.toSorted());
    const onRung = (rung: number) => shared.results.filter((result) => result.rung === rung);
    expect(
      onRung(0)
        .map(({ trial }) => trial)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 20 }, (_, trial) => trial));
    for (const result of shared.results) expect(result.score).toBe(score(result));
    // Halving promotes a third, and those that were among the best third for a while.
    expect(onRung(1).length).toBeGreaterThanOrEqual(6);
    expect(onRung(1).length).toBeLessThan(14);
    expect(onRung(2).some(({ trial }) => trial === 0)).toBe(true);
    expect(bestResult(shared.results)!.rung).toBe(2);
  });

  it('promotes on the results that are there, and does not wait for slow workers', async () => {
    const shared = new MemorySearch();
    let go = () => {};
    const released = new Promise<void>((resolve) => {
      go = resolve;
    });
    // Holds trial 1 until the end; the other worker does everything else.
    const slow = work({
      shared,
      objective: async (step) => {
        if (step.trial === 1 && step.rung === 0) await released;
        return score(step);
      },
    });
    const fast = work({
      shared,
      objective: async (step) => {
        await turn();
        return score(step);
      },
      onWait: go,
    });
    await Promise.all([slow, fast]);
    const late = shared.results.findIndex((result) => nameOf(result) === '1 0');
    const before = shared.results.slice(0, late);
    expect(before.filter(({ rung }) => rung === 0)).toHaveLength(19);
    expect(before.some(({ rung, trial }) => rung === 2 && trial > 0)).toBe(true);
  });

  it('waits for what others train, and takes over what they give back', async () => {
    const shared = new MemorySearch();
    const stop = new AbortController();
    const first = work({
      shared,
      trials: 1,
      signal: stop.signal,
      objective: () =>
        new Promise((_, reject) => {
          stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
        }),
    });
    let waits = 0;
    const second = work({
      shared,
      trials: 1,
      onWait: () => {
        waits++;
        stop.abort(new Error('stopped'));
      },
    });
    await expect(first).rejects.toThrow('stopped');
    await second;
    expect(waits).toBe(1);
    expect(shared.handed).toEqual(['0 0', '0 0', '0 2']);
    expect(shared.results.map(nameOf)).toEqual(['0 0', '0 2']);
  });

  it('gives its trial back when the objective fails, and ends with the error', async () => {
    const shared = new MemorySearch();
    const broken = work({
      shared,
      objective: async () => {
        throw new Error('no memory');
      },
    });
    await expect(broken).rejects.toThrow('no memory');
    expect(shared.free.map(nameOf)).toEqual(['0 0']);
    expect(shared.results).toEqual([]);
  });

  it('records a trial that diverges as failed', async () => {
    const shared = new MemorySearch();
    await work({
      shared,
      trials: 2,
      objective: async (step) => {
        if (step.trial === 1) throw new DivergenceError('the loss is NaN');
        return score(step);
      },
    });
    expect(shared.results.find(({ trial }) => trial === 1)).toMatchObject({
      score: null,
      failure: 'the loss is NaN',
    });
  });

  it('stops a training whose result another worker recorded, and goes on with the next', async () => {
    const shared = new MemorySearch();
    const late: string[] = [];
    await work({
      shared,
      trials: 3,
      onLate: (step) => late.push(nameOf(step)),
      objective: async (step, ended) => {
        const held = shared.held.get(nameOf(step))!;
        if (nameOf(step) === '1 0') {
          // Another worker took the training over, and is faster.
          const result = { ...step, score: score(step), failure: null, durationS: 1 };
          await shared.record(held, result);
          held.end.abort(new Error('recorded'));
          throw ended.reason;
        }
        if (nameOf(step) === '2 0') {
          const result = { ...step, score: score(step), failure: null, durationS: 1 };
          await shared.record(held, result);
        }
        return score(step);
      },
    });
    expect(late).toEqual(['1 0', '2 0']);
    expect(new Set(shared.results.map(nameOf)).size).toBe(shared.results.length);
    expect(shared.results.filter(({ rung }) => rung === 0)).toHaveLength(3);
  });

  it('does not begin when it is stopped already, or when nothing is left to draw', async () => {
    await expect(work({ signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
      'stopped',
    );
    const nothing = takePart({
      plan: { ...plan, base: { model: 'popularity' } },
      shared: new MemorySearch(),
      signal: new AbortController().signal,
      objective: async () => ({ score: 0, durationS: 0 }),
    });
    await expect(nothing).rejects.toThrow(ArgumentError);
  });
});
