/** The settings that `auto` tries, as they fit the data. */

import type { ModelName, SingleConfig } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';

/** What decides which settings fit. */
export interface DataShape {
  readonly trainingUsers: number;
  /** I, the size of the vocabulary. */
  readonly items: number;
  /** Training clicks. */
  readonly clicks: number;
  /** Seed of the networks. */
  readonly seed: number;
}

/** A setting that was tried; without a score where it failed. */
export interface TriedSetting {
  readonly config: SingleConfig;
  readonly score: number | null;
}

/** The models that are tried, in this order: those without epochs first, then networks, the fastest first. */
const tried = [
  'popularity',
  'item-knn',
  'ease',
  'kernel-ae',
  'mult-vae',
  'mult-dae',
  'rec-vae',
] as const;
export type TriedModel = (typeof tried)[number] | 'sparse-ease';
/** The models of which further settings are tried, in turn. */
const searched: readonly TriedModel[] = [
  'ease',
  'mult-vae',
  'mult-dae',
  'kernel-ae',
  'rec-vae',
  'item-knn',
];

/** Beyond this, the weights of EASE take 400 MB a copy, and the inverse half a minute or more. */
export const maxEaseItems = 10_000;
/** Beyond this, the kernel of all pairs of users takes 400 MB. */
export const maxKernelUsers = 10_000;
/** EDLAE whose users with many clicks count less: better than EASE on MovieLens 1M, and as good on a shop. */
const easeKind = { denoise: 0.5, userWeight: 0.5 };
/** The values of λ that are tried, by climbing from one that fits the data. */
const lambdas = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000];
/** On MovieLens 1M, the best λ is about twice the mean number of clicks of an item. */
const lambdaPerClick = 2;
/**
 * With fewer items or users, small networks are as good and several times faster, and RecVAE, whose round has four
 * passes, is not tried: on MovieLens 100K, latest-small and a shop it was the slowest and never the best.
 */
const largeData = { items: 2000, trainingUsers: 3000 };

/** The models that the data are too large for, a sentence each. */
export function skippedModels({
  items,
  trainingUsers,
}: Pick<DataShape, 'items' | 'trainingUsers'>): string[] {
  const skipped: string[] = [];
  if (items > maxEaseItems) {
    skipped.push(
      `ease is left out: it keeps ${items} x ${items} weights, and auto tries it up to ${maxEaseItems} items; sparse-ease is tried in its place, and \`multvae train --model ease\` trains it alone`,
    );
  }
  if (trainingUsers > maxKernelUsers) {
    skipped.push(
      `kernel-ae is left out: it keeps a matrix of all pairs of ${trainingUsers} training users, and auto tries it up to ${maxKernelUsers}; \`multvae train --model kernel-ae\` trains it alone`,
    );
  }
  return skipped;
}

/** The first setting of every model, in the order of trying. */
export function firstSettings(shape: DataShape): SingleConfig[] {
  return tried
    .filter((model) => model !== 'kernel-ae' || shape.trainingUsers <= maxKernelUsers)
    .filter((model) => model !== 'rec-vae' || isLarge(shape))
    .map((model) => (model === 'ease' && shape.items > maxEaseItems ? 'sparse-ease' : model))
    .map((model) => nextOf(model, shape, [])!);
}

function isLarge({ items, trainingUsers }: DataShape): boolean {
  return items >= largeData.items && trainingUsers >= largeData.trainingUsers;
}

/**
 * The next further setting, once each model was tried: the models take turns.
 *
 * @param turn - how many further settings were tried
 * @returns null when none is left
 */
export function furtherSetting(
  shape: DataShape,
  earlier: readonly TriedSetting[],
  turn: number,
): SingleConfig | null {
  for (let k = 0; k < searched.length; k++) {
    const model = searched[(turn + k) % searched.length]!;
    const own = earlier.filter(({ config }) => config.model === model);
    if (own.length === 0) continue;
    const next = nextOf(model, shape, own);
    if (next !== null) return next;
  }
  return null;
}

/** The next setting of a model after those that were tried; null when none is left. */
function nextOf(
  model: TriedModel,
  shape: DataShape,
  own: readonly TriedSetting[],
): SingleConfig | null {
  const values = model === 'ease' ? nextLambda(shape, own) : settingsOf(model, shape)[own.length];
  if (values === null || values === undefined) return null;
  const { trainingUsers } = shape;
  return parseConfig<ModelName>(model, values, 'auto', { trainingUsers }) as SingleConfig;
}

/** The settings of a model other than EASE, the most promising first. */
function settingsOf(
  model: Exclude<TriedModel, 'ease'>,
  shape: DataShape,
): Record<string, unknown>[] {
  const { seed } = shape;
  const width = isLarge(shape) ? 600 : 200;
  const code = isLarge(shape) ? 200 : 64;
  const wideCode = isLarge(shape) ? 600 : 400;
  switch (model) {
    case 'popularity':
      return [{}];
    case 'item-knn':
      return [
        { neighbours: 100, shrinkage: 10 },
        { neighbours: 300, shrinkage: 30 },
        { neighbours: 300, shrinkage: 100 },
      ];
    case 'sparse-ease':
      return [{}];
    case 'kernel-ae':
      return [
        { sharpness: 4, lambda: 0.6 },
        { sharpness: 2, lambda: 3 },
      ];
    case 'rec-vae': {
      const common = { hiddenDim: 600, latentDim: 200, seed };
      return [
        { ...common, epochs: 16, learningRate: 1e-3 },
        { ...common, epochs: 40 },
      ];
    }
    case 'mult-vae': {
      const common = { epochs: 100, annealFraction: 0.5, seed };
      return [
        { ...common, hiddenDims: [width], latentDim: code, betaCap: 0.2 },
        { ...common, hiddenDims: [2 * width], latentDim: 2 * code, betaCap: 0.2 },
        { ...common, hiddenDims: [width], latentDim: code, betaCap: 0.5 },
      ];
    }
    default: {
      const common = { epochs: 100, seed };
      return [
        { ...common, latentDim: wideCode },
        { ...common, latentDim: wideCode, dropout: 0.3 },
        { ...common, latentDim: wideCode / 2, weightPenalty: 1e-4 },
      ];
    }
  }
}

/** Climbs the ladder of λ: first the neighbours of the best one, the larger before the smaller. */
function nextLambda(
  { items, clicks }: DataShape,
  own: readonly TriedSetting[],
): { lambda: number; denoise: number; userWeight: number } | null {
  const scores = new Map(own.map(({ config, score }) => [placeOf(config), score]));
  const known = [...scores].filter((entry): entry is [number, number] => entry[1] !== null);
  if (known.length === 0) {
    // A λ that fails is too small for 32-bit numbers.
    const next = own.length === 0 ? nearest((lambdaPerClick * clicks) / items) : last(scores) + 1;
    return next < lambdas.length ? { ...easeKind, lambda: lambdas[next]! } : null;
  }
  const [best] = known.reduce((a, b) => (b[1] > a[1] ? b : a));
  const next = [best + 1, best - 1].find((k) => lambdas[k] !== undefined && !scores.has(k));
  return next === undefined ? null : { ...easeKind, lambda: lambdas[next]! };
}

function placeOf(config: SingleConfig): number {
  return config.model === 'ease' ? lambdas.indexOf(config.lambda) : -1;
}

function last(scores: ReadonlyMap<number, unknown>): number {
  return Math.max(...scores.keys());
}

/** The place of the λ whose ratio to a value is nearest to 1. */
function nearest(value: number): number {
  const distance = (lambda: number) => Math.abs(Math.log(lambda / Math.max(value, 1)));
  return lambdas.reduce(
    (best, lambda, k) => (distance(lambda) < distance(lambdas[best]!) ? k : best),
    0,
  );
}
