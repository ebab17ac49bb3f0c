/** The hyper-parameter search: draws, promotions and resumption. */

import { describe, expect, it } from 'vitest';
import { searchRanges } from '../../config/describe.js';
import { type ModelConfig, type MultVaeConfig, modelNames } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { ArgumentError, DivergenceError } from '../../errors.js';
import {
  bestResult,
  drawnParameters,
  nextStep,
  type SearchOptions,
  type SearchPlan,
  search,
  type TrialResult,
  type TrialStep,
} from './search.js';

const base = parseConfig('mult-vae', { epochs: 90, seed: 4 });
const plan: SearchPlan = { base, fixed: [], seed: 1, trials: 20 };

class MemoryJournal {
  readonly kept: TrialResult[] = [];
  async results() {
    return [...this.kept];
  }
  async record(result: TrialResult) {
    this.kept.push(result);
  }
}

/** Better near a learning rate of 1e-3, and with every epoch. */
function score({ config }: TrialStep): number {
  const { learningRate, epochs } = config as MultVaeConfig;
  return epochs / 1000 - Math.abs(Math.log(learningRate / 1e-3));
}

async function run(
  options: Partial<SearchPlan> = {},
  objective: (step: TrialStep) => number = score,
  journal = new MemoryJournal(),
): Promise<TrialResult[]> {
  const measure: SearchOptions['objective'] = async (step) => ({
    score: objective(step),
    durationS: 1,
  });
  await search({ plan: { ...plan, ...options }, journal, objective: measure });
  return journal.kept;
}

const epochsOf = ({ config }: TrialStep) => (config as MultVaeConfig).epochs;

describe('a search', () => {
  it('starts with the base, and draws the other trials from the ranges', async () => {
    const results = await run();
    const first = results.filter(({ rung }) => rung === 0);
    expect(first).toHaveLength(20);
    expect(first[0]!.config).toEqual({ ...base, epochs: 10 });
    const rates = first.slice(1).map(({ config }) => (config as MultVaeConfig).learningRate);
    expect(new Set(rates).size).toBe(19);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(3e-4);
    expect(Math.max(...rates)).toBeLessThanOrEqual(3e-3);
    // Log-uniform: about half of them below the geometric mean.
    const low = rates.filter((rate) => rate < Math.sqrt(3e-4 * 3e-3)).length;
    expect(low).toBeGreaterThan(4);
    expect(low).toBeLessThan(15);
    for (const { config } of results) {
      expect(parseConfig('mult-vae', { ...config })).toEqual(config);
      expect((config as MultVaeConfig).seed).toBe(4);
    }
  });

  it('trains the best third three times as long, and the best of those as long as the base', async () => {
    const results = await run();
    const rungs = [0, 1, 2].map((rung) => results.filter((result) => result.rung === rung));
    expect(rungs.map((rung) => [...new Set(rung.map(epochsOf))])).toEqual([[10], [30], [90]]);
    expect(rungs[1]!.length).toBeGreaterThanOrEqual(6);
    expect(rungs[1]!.length).toBeLessThan(12);
    expect(rungs[2]!.length).toBeGreaterThanOrEqual(2);
    const best = bestResult(results)!;
    expect(epochsOf(best)).toBe(90);
    expect(best.trial).toBe(bestResult(rungs[0]!)!.trial);
    // Only the budget changes on the way up.
    const below = results.find(({ trial, rung }) => trial === best.trial && rung === 0)!;
    expect({ ...below.config, epochs: 90 }).toEqual(best.config);
  });

  it('trains the base for all its epochs at once, and never ends with a worse result', async () => {
    // Slower than any other, and better in the end.
    const results = await run({}, (step) => {
      const ofBase = epochsOf(step) === 90 ? 1 : -100;
      return step.trial === 0 ? ofBase : score(step);
    });
    expect(results[1]).toMatchObject({ trial: 0, rung: 2, config: base });
    expect(bestResult(results)).toBe(results[1]);
    expect(results.filter(({ trial }) => trial === 0)).toHaveLength(2);
  });

  it('reaches the top rung early, so that it can be stopped at any time', async () => {
    // The base is not the best.
    const results = await run({ base: { ...base, learningRate: 1e-2 } });
    const place = results.findIndex(({ rung, trial }) => rung === 2 && trial > 0);
    expect(results.slice(0, place).filter(({ rung }) => rung === 0).length).toBeLessThan(16);
  });

  it('ends with the same results wherever it was stopped', async () => {
    const whole = await run();
    for (let after = 0; after < whole.length; after++) {
      const journal = new MemoryJournal();
      const stopping = run(
        {},
        (step) => {
          if (journal.kept.length === after) throw new Error('stop');
          return score(step);
        },
        journal,
      );
      await expect(stopping).rejects.toThrow('stop');
      expect(journal.kept).toHaveLength(after);
      expect(await run({}, score, journal)).toEqual(whole);
    }
  });

  it('continues with more trials from the results it has', async () => {
    const journal = new MemoryJournal();
    const before = [...(await run({}, score, journal))];
    const after = await run({ trials: 30 }, score, journal);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.filter(({ rung }) => rung === 0)).toHaveLength(30);
    expect(await run({ trials: 10 }, score, journal)).toEqual(after);
  });

  it('keeps fixed values, and draws the others as if none were fixed', async () => {
    const drawn = (await run()).filter(({ rung }) => rung === 0);
    const fixed = (await run({ fixed: ['dropout'] })).filter(({ rung }) => rung === 0);
    for (const [k, { config }] of fixed.entries()) {
      expect(config).toEqual({ ...drawn[k]!.config, dropout: base.dropout });
    }
    expect(drawnParameters({ base, fixed: ['dropout'] })).not.toContain('dropout');
    const elsewhere = (await run({ seed: 2 })).filter(({ rung }) => rung === 0);
    expect(elsewhere[0]!.config).toEqual(drawn[0]!.config);
    expect(elsewhere[1]!.config).not.toEqual(drawn[1]!.config);
  });

  it.each([1, 2, 3, 5])('ends with a whole training of %i trials', async (trials) => {
    const results = await run({ trials });
    const whole = results.filter((result) => epochsOf(result) === 90);
    expect(whole.map(({ trial }) => trial > 0)).toEqual(trials === 1 ? [false] : [false, true]);
    expect(results.filter(({ rung }) => rung === 0)).toHaveLength(trials);
  });

  it('continues after a trial that diverges, and never promotes it', async () => {
    const diverging = (step: TrialStep) => {
      if (step.trial % 3 === 0) throw new DivergenceError('the loss is NaN');
      return score(step);
    };
    const results = await run({}, diverging);
    const failed = results.filter((result) => result.score === null);
    expect(failed.map(({ trial }) => trial)).toEqual([0, 3, 6, 9, 12, 15, 18]);
    expect(failed.every(({ rung, failure }) => rung === 0 && failure === 'the loss is NaN')).toBe(
      true,
    );
    expect(epochsOf(bestResult(results)!)).toBe(90);
  });

  it('waits for a promoted trial that is running before it promotes one that is not among the best', async () => {
    const three = { ...plan, trials: 3 };
    const results = (await run({ trials: 3 })).filter(
      ({ trial, rung }) => rung === 0 || trial === 0,
    );
    const promoted = nextStep(three, results)!;
    expect(promoted).toMatchObject({ rung: 1 });
    expect(nextStep(three, results, [promoted])).toBeNull();
    // Another one is due where the first has failed.
    const failed = { ...promoted, score: null, failure: 'NaN', durationS: 1 };
    const next = nextStep(three, [...results, failed])!;
    expect(next.trial).not.toBe(promoted.trial);
  });

  it('counts trainings that are running among those that are begun, and not among the best', () => {
    const first = nextStep(plan, [])!;
    const second = nextStep(plan, [], [first])!;
    expect([first, second].map(({ trial, rung }) => [trial, rung])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    const result = { ...first, score: 1, failure: null, durationS: 1 };
    // The base is trained to the end as soon as its first result is there.
    const top = nextStep(plan, [result], [second])!;
    expect(top).toMatchObject({ trial: 0, rung: 2 });
    expect(nextStep(plan, [result], [second, top])).toMatchObject({ trial: 2, rung: 0 });
  });

  it('tries the next best when the best of a few diverges on the top rung', async () => {
    let tried = 0;
    const results = await run({ trials: 3 }, (step) => {
      if (epochsOf(step) === 90 && tried++ === 0) throw new DivergenceError('NaN');
      return score(step);
    });
    const whole = results.filter((result) => epochsOf(result) === 90);
    expect(whole.map((result) => result.score === null)).toEqual([true, false]);
    expect(whole[0]!.trial).not.toBe(whole[1]!.trial);
  });

  it('ends when every trial diverges', async () => {
    const results = await run({}, () => {
      throw new DivergenceError('the loss is NaN');
    });
    expect(results).toHaveLength(20);
    expect(bestResult(results)).toBeNull();
  });

  it('has one rung for a model without epochs', async () => {
    const results = await run({ base: parseConfig('ease'), trials: 9 }, ({ trial }) => trial);
    expect(results.map(({ trial, rung }) => [trial, rung])).toEqual(
      Array.from({ length: 9 }, (_, trial) => [trial, 0]),
    );
  });

  it('has as many rungs as the epochs allow', async () => {
    const short = { ...base, epochs: 2 };
    const results = await run({ base: short });
    expect([...new Set(results.map(epochsOf))].sort()).toEqual([1, 2]);
  });

  it('refuses a plan that leaves nothing to draw', async () => {
    await expect(run({ base: { model: 'popularity' } })).rejects.toThrow(ArgumentError);
    const all = drawnParameters({ base, fixed: [] });
    await expect(run({ fixed: all })).rejects.toThrow(/nothing is left to search: .*dropout/);
  });
});

describe('search ranges', () => {
  it.each(modelNames)('of %s lie within what its hyper-parameters may be', (model) => {
    for (const [name, range] of searchRanges(model)) {
      const ends =
        range.kind === 'choice'
          ? range.values
          : range.kind === 'budget'
            ? []
            : [range.low, range.high];
      for (const value of ends) {
        expect(parseConfig(model, { [name]: value }) as ModelConfig).toMatchObject({
          [name]: value,
        });
      }
    }
  });
});
