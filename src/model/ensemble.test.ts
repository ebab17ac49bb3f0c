/** Ensembles: scores, stored weights and configuration. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../backend/select.js';
import type { EnsembleConfig } from '../config/models.js';
import { parseConfig } from '../config/parse.js';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, ShapeError } from '../errors.js';
import { Ensemble, ensembleOf, joinedWeights, memberWeights } from './ensemble.js';
import { popularityLosses } from './items/discounts.js';
import { models } from './models.js';
import { Popularity } from './popularity.js';
import { type Generative, isGenerative, isLatent, type Recommender } from './recommender.js';

const rows = ClickMatrix.fromRows(4, [[0], []]);
const engine = await openEngine('cpu');

describe('Ensemble', () => {
  it('adds z-scores by weight, whatever the scale of the members', async () => {
    const small = new Popularity([0, 1, 2, 3]);
    const large = new Popularity([9000, 0, 0, 3000]);
    const ensemble = new Ensemble([
      { weight: 0.25, model: small },
      { weight: 0.75, model: large },
    ]);
    const z = (values: number[]) => {
      const mean = values.reduce((a, b) => a + b) / 4;
      const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4);
      return values.map((x) => (x - mean) / sd);
    };
    const a = z([0, 1, 2, 3]);
    const b = z([9, 0, 0, 3]);
    const scores = await ensemble.score(rows);
    for (let i = 0; i < 8; i++) {
      expect(scores[i]).toBeCloseTo(0.25 * a[i % 4]! + 0.75 * b[i % 4]!, 5);
    }
  });

  it('takes losses from the scores of users with clicks, in the measure of its weights', async () => {
    const members = [
      { weight: 0.5, model: new Popularity([0, 1, 2, 3]) },
      { weight: -1.5, model: new Popularity([4, 0, 0, 1]) },
    ];
    const losses = popularityLosses(Int32Array.of(9, 0, 1, 1), 0.4)!;
    // The clicks relative to their mean of 3; the item without a click counts as one with a click.
    const expected = [3, 1 / 3, 1 / 3, 1 / 3].map((n) => 0.4 * Math.log(n));
    losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i]!, 6);
    });
    const plain = await new Ensemble(members).score(rows);
    const less = await new Ensemble(members, losses).score(rows);
    for (let i = 0; i < 4; i++) {
      expect(less[i]).toBeCloseTo(plain[i]! - 2 * losses[i]!, 5);
      expect(less[4 + i]).toBe(plain[4 + i]);
    }
    expect(popularityLosses(Int32Array.of(9, 0, 1, 1), 0)).toBeNull();
  });

  it('has the discount of its configuration when it is loaded', async () => {
    const trainClicks = Int32Array.of(9, 0, 1, 1);
    const stored = {
      weights: joinedWeights([{ 'items/clicks': { shape: [4], data: trainClicks } }]),
      trainClicks,
      openEngine: async () => engine,
    };
    const members = [{ config: { model: 'popularity' } }];
    const scoresWith = async (popularityDiscount: number) => {
      const config = parseConfig('ensemble', { members, popularityDiscount });
      const model = await models.load({ ...stored, config });
      return model.score(rows);
    };
    const plain = await scoresWith(0);
    const less = await scoresWith(0.5);
    expect(less[0]).toBeCloseTo(plain[0]! - 0.5 * Math.log(3), 5);
    expect(less[1]).toBeCloseTo(plain[1]! + 0.5 * Math.log(3), 5);
  });

  it('ignores a member that scores all items alike, and refuses members with other items', async () => {
    const flat = { weight: 5, model: new Popularity([2, 2, 2, 2]) };
    const ensemble = new Ensemble([flat]);
    expect(await ensemble.score(rows)).toEqual(new Float32Array(8));
    const other = { weight: 1, model: new Popularity([1]) };
    expect(() => new Ensemble([flat, other])).toThrow(ShapeError);
  });
});

describe('an ensemble with a Mult-VAE', () => {
  /** A stand-in of a Mult-VAE: the answer of each method names it. */
  function vae(scores: readonly number[]) {
    let scored = 0;
    const code = { mean: new Float32Array(2), spread: new Float32Array(2), dimensions: 2 };
    const model: Recommender & Generative = Object.assign(new Popularity(scores), {
      encode: async () => code,
      decode: async () => Float32Array.of(7),
      elbo: async (_: ClickMatrix, seed = 1) => {
        const nats = Float32Array.of(seed);
        return { elbo: nats, nll: nats, kl: nats };
      },
      sample: async (lengths: ArrayLike<number>, seed: number) =>
        ClickMatrix.fromRows(4, [[lengths[0]!, seed]]),
    });
    const score = model.score.bind(model);
    model.score = (asked) => {
      scored++;
      return score(asked);
    };
    return { model, code, scored: () => scored };
  }

  it('answers from it what only a Mult-VAE can, also at weight 0, which changes no score', async () => {
    const member = vae([9, 1, 5, 2]);
    const plain = { weight: 1, model: new Popularity([0, 1, 2, 3]) };
    const ensemble = ensembleOf([plain, { weight: 0, model: member.model }]);
    expect(await ensemble.score(rows)).toEqual(await ensembleOf([plain]).score(rows));
    expect(member.scored()).toBe(0);
    if (!isGenerative(ensemble)) throw new Error('it is not generative');
    expect(await ensemble.encode(rows)).toBe(member.code);
    expect(await ensemble.decode(new Float32Array(2))).toEqual(Float32Array.of(7));
    expect((await ensemble.elbo(rows, 3)).elbo).toEqual(Float32Array.of(3));
    expect((await ensemble.elbo(rows)).elbo).toEqual(Float32Array.of(1));
    expect((await ensemble.sample([2], 1)).row(0)).toEqual(Int32Array.of(2, 1));
    const half = ensembleOf([plain, { weight: 1, model: member.model }]);
    expect(await half.score(rows)).not.toEqual(await ensemble.score(rows));
  });

  it('has no latent space without one', () => {
    const ensemble = ensembleOf([{ weight: 1, model: new Popularity([0, 1, 2, 3]) }]);
    expect(isLatent(ensemble)).toBe(false);
    expect(isGenerative(ensemble)).toBe(false);
  });
});

describe('the members’ weights', () => {
  it('are split again after joining, also for eleven members', () => {
    const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const members = Array.from({ length: 11 }, (_, k) => ({ 'a/b': tensor(k), c: tensor(-k) }));
    const joined = joinedWeights(members);
    members.forEach((weights, k) => {
      expect(memberWeights(joined, k)).toEqual(weights);
    });
  });
});

describe('weights that are learned', () => {
  const train = ClickMatrix.fromRows(4, [[0, 1], [0, 1, 2], [1, 3], [0, 3], [1]]);
  /** Trains three members whose weights are learned as given. */
  async function trained(weights: readonly number[], more: object[] = []) {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-ensemble-'));
    const remarks: string[] = [];
    const config = parseConfig('ensemble', {
      weights: 'validation',
      members: [
        { config: { model: 'ease' } },
        { weight: 5, config: { model: 'item-knn' } },
        { config: { model: 'popularity' } },
        ...more,
      ],
    });
    try {
      const result = await models.train({
        origin: {
          config,
          protocol: { ...paperProtocol, heldoutUsers: 1 },
          dataHash: '',
          backend: '',
        },
        train,
        engine,
        validate: async () => 0,
        learnWeights: async (members) => {
          expect(members.map(({ model }) => model)).toEqual(
            config.members.map((each) => each.config.model),
          );
          return { weights, remark: 'it gains' };
        },
        folder,
        resume: false,
        onRemark: (text) => remarks.push(text),
      });
      return { ...result, given: config, remarks };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const load = ({ config, weights }: Awaited<ReturnType<typeof trained>>) =>
    models.load({
      config: config!,
      weights,
      trainClicks: train.columnCounts(),
      openEngine: async () => engine,
    });

  it('are stored in place of those given, and members without one are dropped', async () => {
    const result = await trained([0.25, 0, 0.75]);
    expect(result.remarks).toEqual(['it gains']);
    const [ease, , popularity] = result.given.members;
    expect(result.config).toEqual({
      ...result.given,
      members: [
        { ...ease, weight: 0.25 },
        { ...popularity, weight: 0.75 },
      ],
    });
    expect(Object.keys(result.weights).some((name) => name.startsWith('member3/'))).toBe(false);
    const same = parseConfig('ensemble', {
      members: result.given.members.map((member, k) => ({ ...member, weight: [0.25, 0, 0.75][k] })),
    });
    const whole = await trained([0.25, 0.0001, 0.75]);
    const blend = await load({ ...whole, config: same });
    const scores = await (await load(result)).score(train);
    expect(scores).toEqual(await blend.score(train));
  });

  it('leave a Mult-VAE in, for its latent space', async () => {
    const vae = { model: 'mult-vae', hiddenDims: [3], latentDim: 2, epochs: 1, batchSize: 2 };
    const result = await trained([1, 0, 0, 0], [{ config: vae }]);
    expect((result.config as EnsembleConfig).members).toMatchObject([
      { weight: 1, config: { model: 'ease' } },
      { weight: 0, config: { model: 'mult-vae' } },
    ]);
    expect(isGenerative(await load(result))).toBe(true);
  });
});

describe('an ensemble’s configuration', () => {
  const member = (config: object, weight = 1) => ({ weight, config });

  it('fills in the members’ defaults', () => {
    const { members } = parseConfig('ensemble', { members: [member({ model: 'ease' }, 0.3)] });
    expect(members).toEqual([
      {
        weight: 0.3,
        config: { model: 'ease', lambda: 500, denoise: 0, userWeight: 0, popularityDiscount: 0 },
      },
    ]);
    for (const { config } of parseConfig('ensemble').members) {
      expect(config).toEqual(parseConfig(config.model, { ...config }));
    }
  });

  it('names the wrong member', () => {
    const parse = (...members: object[]) => parseConfig('ensemble', { members }, 'best.json');
    const good = member({ model: 'ease' });
    expect(() => parse(good, member({ model: 'oracle' }))).toThrow(ConfigError);
    expect(() => parse(good, member({ model: 'oracle' }))).toThrow(
      /best\.json: members 2: model is "oracle"/,
    );
    expect(() => parse(member({ model: 'ensemble' }))).toThrow(/must be one of/);
    expect(() => parse(member({ model: 'ease', lambda: -1 }))).toThrow(/members 1: lambda is -1/);
    expect(() => parse({ weight: 1 })).toThrow(/members is/);
  });
});
