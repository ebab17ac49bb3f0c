import { describe, expect, it } from 'vitest';
import type { SingleConfig } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { DivergenceError } from '../../errors.js';
import type { Blend } from './blend.js';
import { blendRow, chosen } from './choice.js';
import type { TrainedTrial } from './model-search.js';

function trial(config: SingleConfig, mean: number): TrainedTrial {
  const both = { mean, se: 0.01 };
  return {
    config,
    scores: { whole: both, short: both, both, perUser: new Float64Array() },
    weights: { [config.model]: { shape: [1], data: Float32Array.of(mean) } },
    log: [],
    best: null,
    durationS: 1,
    isCut: false,
  };
}

const popularity = trial(parseConfig('popularity'), 0.1);
const ease = trial(parseConfig('ease', { lambda: 30 }), 0.3);
const vae = trial(parseConfig('mult-vae', { seed: 4 }), 0.2);
const dae = trial(parseConfig('mult-dae'), 0.25);

function blend(weights: readonly number[], mean: number): Blend {
  return {
    weights,
    popularityDiscount: 0.06,
    scores: trial(vae.config, mean).scores,
    isCut: false,
  };
}
const members = (config: object) =>
  (config as { members: { weight: number; config: { model: string } }[] }).members.map(
    ({ weight, config: { model } }) => `${weight} ${model}`,
  );

describe('what auto publishes', () => {
  it('is the blend where that is better than each model', () => {
    const parts = [ease, vae, dae];
    const outcome = chosen([popularity, ...parts], parts, {
      parts,
      blend: blend([0.5, 0.25, 0.25], 0.31),
    });
    expect(members(outcome.config)).toEqual(['0.5 ease', '0.25 mult-vae', '0.25 mult-dae']);
    expect(outcome.config).toMatchObject({
      popularityDiscount: 0.06,
      members: [{ config: { lambda: 30 } }, { config: { seed: 4 } }, {}],
    });
    // The weights are those that were trained, in the members' order.
    expect(Object.keys(outcome.weights)).toEqual([
      'member1/ease',
      'member2/mult-vae',
      'member3/mult-dae',
    ]);
    expect(outcome.single).toBeNull();
  });

  it('always has a Mult-VAE, of weight 0 where the blend gives it none', () => {
    const parts = [ease, vae, dae];
    const outcome = chosen(parts, parts, { parts, blend: blend([0.75, 0, 0.25], 0.31) });
    expect(members(outcome.config)).toEqual(['0.75 ease', '0 mult-vae', '0.25 mult-dae']);
    const row = blendRow(parts, blend([0.75, 0, 0.25], 0.31), 2, true);
    expect(row).toMatchObject({
      model: 'ensemble',
      setting: '0.75 ease + 0.25 mult-dae, popularityDiscount 0.06',
    });
  });

  it('is the best model with a Mult-VAE of weight 0 where no blend is better', () => {
    const parts = [ease, vae];
    const outcome = chosen(parts, parts, { parts, blend: blend([0.5, 0.5], 0.3) });
    expect(members(outcome.config)).toEqual(['1 ease', '0 mult-vae']);
    // The discount is that of the blend, which was not chosen.
    expect(outcome.config).toMatchObject({ popularityDiscount: 0 });
    expect(outcome.single).toBe(ease);
    expect(Object.keys(outcome.weights)).toEqual(['member1/ease', 'member2/mult-vae']);
    const few = chosen([trial(popularity.config, 0.9), vae], [], { parts: [vae], blend: null });
    expect(members(few.config)).toEqual(['1 popularity', '0 mult-vae']);
  });

  it('is the Mult-VAE alone where that is best, and on a tie', () => {
    for (const mean of [0.3, 0.4]) {
      const best = trial(vae.config, mean);
      const outcome = chosen([ease, best], [], { parts: [ease, best], blend: null });
      expect(outcome.config).toEqual(vae.config);
      expect(outcome.weights).toBe(best.weights);
      expect(outcome.single!.config).toBe(best.config);
    }
  });

  it('is nothing without a Mult-VAE, and says why there is none', () => {
    const failed = { config: vae.config, failure: 'the loss is NaN', durationS: 1, isCut: false };
    const choose = () => chosen([ease], [ease, failed], { parts: [ease], blend: null });
    expect(choose).toThrow(DivergenceError);
    expect(choose).toThrow(/the first because: the loss is NaN\. .*--model ease/);
  });
});
