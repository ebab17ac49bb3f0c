/** The contract of all models, on every backend that loads. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/backend/engine.js';
import { topN } from '../../src/backend/operations/top-n.js';
import type { LayerPrecision } from '../../src/backend/packed-layer.js';
import { type ModelConfig, type ModelName, modelNames } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { ArgumentError, ShapeError } from '../../src/errors.js';
import { scoringShape } from '../../src/model/autoencoder/network.js';
import { layersOf, parameterShapes } from '../../src/model/autoencoder/weights.js';
import { joinedWeights } from '../../src/model/ensemble.js';
import { itemSpaceOf, nearnessOf } from '../../src/model/item-space.js';
import { models, networkOf } from '../../src/model/models.js';
import {
  hasItemRelations,
  hasItemVectors,
  isGenerative,
  isLatent,
  type Recommender,
} from '../../src/model/recommender.js';
import type { StoredTensors } from '../../src/runs/format.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { loadableBackends } from './loadable-backends.js';

const items = 12;

const trainClicks = Int32Array.from({ length: items }, (_, i) => (i * 5) % 7);
const train = checkerboard(60, items, 3, 5);

/** A small configuration of every model, so that none escapes the contract. */
const configs: Record<ModelName, Record<string, unknown>> = {
  popularity: {},
  'item-knn': { neighbours: 4, shrinkage: 1 },
  ease: { lambda: 10 },
  'sparse-ease': { lambda: 10, neighbours: 5 },
  elsa: { latentDim: 3, seed: 7 },
  'kernel-ae': { lambda: 0.1 },
  'mult-vae': { hiddenDims: [8, 6], latentDim: 3, seed: 7 },
  'mult-dae': { hiddenDims: [8], latentDim: 3, seed: 7 },
  'rec-vae': { hiddenDim: 6, latentDim: 3, seed: 7 },
  ensemble: {
    members: [
      { weight: 0.3, config: { model: 'ease', lambda: 10 } },
      { weight: 0.7, config: { model: 'mult-dae', latentDim: 3 } },
    ],
  },
};

/** The weights of a model: initial ones of a network, trained ones of any other. */
async function weightsOf(config: ModelConfig, engine: Engine): Promise<StoredTensors> {
  if (config.model === 'ensemble') {
    const members = config.members.map((member) => weightsOf(member.config, engine));
    return joinedWeights(await Promise.all(members));
  }
  if ('learningRate' in config) {
    const network = networkOf(config, items);
    const names = parameterShapes(layersOf(scoringShape(network.shape)));
    const initial = network.initialWeights();
    return Object.fromEntries(names.map(({ name }) => [name, initial[name]!]));
  }
  const folder = mkdtempSync(join(tmpdir(), 'multvae-contract-'));
  const protocol = { ...paperProtocol, heldoutUsers: 1 };
  try {
    const { weights } = await models.train({
      origin: { config, protocol, dataHash: '', backend: 'none' },
      train,
      engine,
      validate: async () => 0,
      learnWeights: async () => ({ weights: [1], remark: '' }),
      folder,
      resume: false,
    });
    return weights;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function openModel(
  name: ModelName,
  engine: Engine,
  precision?: LayerPrecision,
): Promise<Recommender> {
  const config = parseConfig(name, configs[name]);
  const weights = await weightsOf(config, engine);
  return models.load({ config, weights, trainClicks, openEngine: async () => engine, precision });
}

const onTensors = modelNames.filter((name) => models.computesWithTensors(parseConfig(name)));
const backends = await loadableBackends();
const cases: [string, () => Promise<Recommender>][] = [
  ...modelNames
    .filter((name) => !onTensors.includes(name))
    .map((name): [string, () => Promise<Recommender>] => [
      name,
      () => openModel(name, null as unknown as Engine),
    ]),
  ...backends.flatMap(({ label, open }) =>
    onTensors.map((name): [string, () => Promise<Recommender>] => [
      `${name} on ${label}`,
      async () => openModel(name, await open()),
    ]),
  ),
  ...backends.map(({ label, open }): [string, () => Promise<Recommender>] => [
    `mult-vae packed for serving on ${label}`,
    async () => openModel('mult-vae', await open(), 'f32'),
  ]),
];

describe.each(cases)('the recommender contract: %s', (_, open) => {
  let model: Recommender;
  const rows = ClickMatrix.fromRows(items, [[3, 1, 11], [], [0], [5, 4, 3, 2, 1, 0]]);
  const mask = ClickMatrix.fromRows(items, [[3, 1, 11, 7], [], [2], [5, 4, 3, 2, 1, 0]]);
  beforeAll(async () => {
    model = await open();
  });

  it('scores every item of every row with a finite number', async () => {
    const scores = await model.score(rows);
    expect(scores).toBeInstanceOf(Float32Array);
    expect(scores.length).toBe(rows.rows * items);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(model.itemCount).toBe(items);
  });

  it('gives the same row the same scores every time', async () => {
    expect(await model.score(rows)).toEqual(await model.score(rows));
  });

  it('scores a row independently of the rows beside it', async () => {
    const together = await model.score(rows);
    for (let u = 0; u < rows.rows; u++) {
      const alone = await model.score(rows.slice(u, u + 1));
      alone.forEach((score, i) => {
        expect(score).toBeCloseTo(together[u * items + i]!, 5);
      });
    }
  });

  it('ignores the order of the clicks', async () => {
    const reversed = ClickMatrix.fromRows(
      items,
      [0, 1, 2, 3].map((u) => rows.row(u).toReversed()),
    );
    const scores = await model.score(rows);
    (await model.score(reversed)).forEach((score, k) => {
      expect(score).toBeCloseTo(scores[k]!, 5);
    });
  });

  it('ranks by its scores, and never ranks a masked item', async () => {
    const best = await model.topN(rows, 8, mask);
    const expected = topN(await model.score(rows), mask, 8);
    expect(best).toEqual(expected);
    for (let u = 0; u < rows.rows; u++) {
      const ranked = Array.from(best.items.subarray(u * 8, u * 8 + 8));
      expect(ranked.some((item) => mask.row(u).includes(item))).toBe(false);
    }
  });

  it('fills up with -1 when fewer than n items are left', async () => {
    const best = await model.topN(rows, items, mask);
    expect(best.items.subarray(3 * items)[6]).toBe(-1);
    expect(best.items.subarray(3 * items)[5]).not.toBe(-1);
  });

  it('scores more rows than fit into one block', async () => {
    const many = checkerboard(1203, items, 3, 1);
    const scores = await model.score(many);
    expect(scores.length).toBe(1203 * items);
    expect((await model.topN(many, 4, many)).items).toEqual(topN(scores, many, 4).items);
    const last = await model.score(many.slice(1202, 1203));
    expect(scores.at(-1)).toBeCloseTo(last.at(-1)!, 5);
  });

  it('accepts a matrix without rows', async () => {
    const none = ClickMatrix.fromRows(items, []);
    expect(await model.score(none)).toEqual(new Float32Array(0));
    expect((await model.topN(none, 3, none)).items).toEqual(new Int32Array(0));
  });

  it('refuses rows with other items, and a mask with other rows', async () => {
    const other = ClickMatrix.fromRows(items + 1, [[0]]);
    await expect(model.score(other)).rejects.toThrow(ShapeError);
    await expect(model.topN(other, 2, other)).rejects.toThrow(ShapeError);
    await expect(model.topN(rows, 2, mask.slice(0, 1))).rejects.toThrow(ShapeError);
    await expect(model.topN(rows, 0, mask)).rejects.toThrow(ShapeError);
  });

  it('encodes rows, if it has a latent space', async () => {
    if (!isLatent(model)) return;
    const code = await model.encode(rows);
    expect(code.dimensions).toBe(3);
    expect(code.mean.length).toBe(rows.rows * 3);
    expect(code.spread.every((sd) => sd > 0)).toBe(true);
    expect(await model.encode(rows)).toEqual(code);
    // Two different rows have two different codes.
    expect(code.mean.slice(0, 3)).not.toEqual(code.mean.slice(3, 6));
  });

  it('decodes the mean of a posterior to the scores of its row', async () => {
    if (!isLatent(model)) return;
    const { mean } = await model.encode(rows);
    const scores = await model.score(rows);
    (await model.decode(mean)).forEach((score, k) => {
      expect(score).toBeCloseTo(scores[k]!, 5);
    });
    const elsewhere = await model.decode(mean.map((value) => value + 1));
    expect(elsewhere).not.toEqual(scores);
    expect(await model.decode(new Float32Array(0))).toEqual(new Float32Array(0));
    await expect(model.decode(new Float32Array(4))).rejects.toThrow(ShapeError);
  });

  it('compares items, unless it is popularity: each item has a vector, and a nearness to every other', async () => {
    if (!hasItemVectors(model)) {
      expect(model.model).toBe('popularity');
      return;
    }
    const { vectors, dimensions } = await model.itemVectors();
    expect(vectors.length).toBe(items * dimensions);
    expect(vectors.every(Number.isFinite)).toBe(true);
    expect(await model.itemVectors()).toEqual({ vectors, dimensions });
    const space = await itemSpaceOf(model);
    for (let item = 0; item < items; item++) {
      const nearness = await nearnessOf(model, item);
      expect(nearness).toHaveLength(items);
      expect(nearness.every(Number.isFinite)).toBe(true);
      expect(nearness).toEqual(await nearnessOf(model, item));
      if (!hasItemRelations(model)) expect(nearness).toEqual(space.cosines(item));
    }
  });

  it('ties items as it scores somebody who clicked one alone, if it has weights of its own', async () => {
    if (model.model !== 'ease' && model.model !== 'item-knn') return;
    if (!hasItemRelations(model)) throw new Error('it has none');
    for (let item = 0; item < items; item++) {
      const nearness = await model.itemRelations(item);
      const scores = await model.score(ClickMatrix.fromRows(items, [[item]]));
      // Item-kNN also lists the item's own neighbours that do not have it as theirs.
      scores.forEach((score, other) => {
        if (model.model === 'ease' || score !== 0) expect(nearness[other]).toBe(score);
      });
      // The checkerboard: items of a colour are clicked together.
      const others = [...nearness.keys()].filter((other) => other !== item);
      const nearest = others.sort((a, b) => nearness[b]! - nearness[a]!).slice(0, 2);
      for (const other of nearest) expect(other % 2).toBe(item % 2);
    }
  });

  it('has item vectors that explain how the scores of two rows differ, if it is a network', async () => {
    if (!hasItemVectors(model) || hasItemRelations(model)) return;
    const { vectors, dimensions } = await model.itemVectors();
    expect(vectors.length).toBe(items * dimensions);
    expect(dimensions).toBeLessThan(items);
    // Scores are the vectors times a code of the row, plus a bias. The bias cancels in a difference, so the rest lies
    // in the span of the vectors' dimensions, up to the rounding of int8.
    const scores = await model.score(rows);
    if (model.model === 'elsa') {
      // An item's own click does not count in its score; x·A·Aᵀ is what the vectors explain.
      for (let u = 0; u < rows.rows; u++)
        for (const item of rows.row(u)) scores[u * items + item]! += 1;
    }
    let rest = Array.from({ length: items }, (_, i) => scores[i]! - scores[2 * items + i]!);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const whole = dot(rest, rest);
    const axes: number[][] = [];
    for (let d = 0; d < dimensions; d++) {
      let axis = Array.from({ length: items }, (_, i) => vectors[i * dimensions + d]!);
      for (const other of axes) {
        const part = dot(axis, other);
        axis = axis.map((value, i) => value - part * other[i]!);
      }
      const length = Math.sqrt(dot(axis, axis));
      axis = axis.map((value) => value / length);
      axes.push(axis);
      const part = dot(rest, axis);
      rest = rest.map((value, i) => value - part * axis[i]!);
    }
    expect(whole).toBeGreaterThan(0);
    expect(dot(rest, rest) / whole).toBeLessThan(1e-5);
  });

  it('bounds the likelihood of each row independently, if it is generative', async () => {
    if (!isGenerative(model)) return;
    const { elbo, nll, kl } = await model.elbo(rows);
    for (let u = 0; u < rows.rows; u++) {
      expect(elbo[u]).toBeCloseTo(-nll[u]! - kl[u]!, 4);
      expect(kl[u]).toBeGreaterThanOrEqual(0);
      const alone = await model.elbo(rows.slice(u, u + 1));
      expect(alone.elbo[0]).toBeCloseTo(elbo[u]!, 4);
    }
    // Under a multinomial, an empty row costs nothing.
    expect(nll[1]).toBeCloseTo(0, 5);
    // With random weights all items are about equally likely: log 12 nats per click.
    expect(nll[3]! / 6).toBeGreaterThan(Math.log(items) - 0.5);
    expect(nll[3]! / 6).toBeLessThan(Math.log(items) + 0.5);
    expect(await model.elbo(rows)).toEqual({ elbo, nll, kl });
    expect((await model.elbo(rows, 2)).nll).not.toEqual(nll);
    expect((await model.elbo(rows, 2)).kl).toEqual(kl);
    await expect(model.elbo(ClickMatrix.fromRows(items + 1, [[0]]))).rejects.toThrow(ShapeError);
  });

  it('draws users of the given lengths, if it is generative', async () => {
    if (!isGenerative(model)) return;
    const lengths = [5, 0, items, 1];
    const users = await model.sample(lengths, 1);
    expect(users.columns).toBe(items);
    lengths.forEach((length, u) => {
      expect(new Set(users.row(u)).size).toBe(length);
      expect(users.row(u)).toHaveLength(length);
    });
    expect(await model.sample(lengths, 1)).toEqual(users);
    expect((await model.sample([5], 1)).row(0)).toEqual(users.row(0));
    expect((await model.sample([items], 2)).row(0)).not.toEqual(
      (await model.sample([items], 1)).row(0),
    );
    // More users than fit into one block.
    const many = await model.sample(
      Array.from({ length: 501 }, () => 2),
      1,
    );
    expect(many.rows).toBe(501);
    await expect(model.sample([items + 1], 1)).rejects.toThrow(ArgumentError);
  });
});

describe.each(backends)('a mult-vae packed for serving on $label', ({ label, open }) => {
  it('keeps its item vectors when its layers are packed', async () => {
    const engine = await open();
    const plain = await openModel('mult-vae', engine);
    const packed = await openModel('mult-vae', engine, 'f32');
    if (!hasItemVectors(plain) || !hasItemVectors(packed)) throw new Error('it has none');
    const before = await plain.itemVectors();
    expect(await packed.itemVectors()).toEqual(before);
    const space = itemSpaceOf(plain);
    const other = itemSpaceOf(packed);
    for (let item = 0; item < items; item++) {
      expect((await other).cosines(item)).toEqual((await space).cosines(item));
    }
    for (const model of [plain, packed]) model.dispose();
  });

  it.skipIf(!label.startsWith('native'))(
    'rounds its item vectors to int8 on native, as it does its scores',
    async () => {
      const engine = await open();
      const plain = await openModel('mult-vae', engine);
      const rounded = await openModel('mult-vae', engine, 'int8');
      if (!hasItemVectors(plain) || !hasItemVectors(rounded)) throw new Error('it has none');
      const { vectors, dimensions } = await rounded.itemVectors();
      const exact = (await plain.itemVectors()).vectors;
      expect(vectors).not.toEqual(exact);
      for (let item = 0; item < items; item++) {
        const own = exact.subarray(item * dimensions, (item + 1) * dimensions);
        const halfStep = Math.max(...own.map(Math.abs)) / 254;
        own.forEach((value, d) => {
          const error = Math.abs(vectors[item * dimensions + d]! - value);
          expect(error).toBeLessThanOrEqual(halfStep * 1.00001);
        });
      }
      for (const model of [plain, rounded]) model.dispose();
    },
  );
});

describe.each(
  backends.flatMap(({ label, open }) => onTensors.map((name) => ({ label, open, name }))),
)('$name on $label', ({ open, name }) => {
  it('frees all its tensors', async () => {
    const engine = await open();
    const { tf } = engine;
    const before = tf.memory().numTensors;
    const model = await openModel(name, engine);
    const rows = checkerboard(600, items, 3, 1);
    await model.score(rows);
    await model.topN(rows, 3, rows);
    if (isLatent(model)) await model.decode((await model.encode(rows)).mean);
    if (isGenerative(model)) {
      await model.elbo(rows);
      await model.sample([2, 3], 1);
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
