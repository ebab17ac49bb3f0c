/** Ensembles: blends of models, trained member by member. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { topN } from '../backend/operations/top-n.js';
import type { EnsembleConfig, SingleConfig } from '../config/models.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { ShapeError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { readSafetensorsFile, safetensorsParts } from '../runs/safetensors.js';
import { replaceFile, unwritable } from '../storage/durable-files.js';
import { checkRows, rankInBlocks, scoringBlocks } from './blocks.js';
import type { ModelDefinition, Models } from './definition.js';
import { blendedNearness, blendedVectors, type ComparingMember } from './items/blended-items.js';
import { addStandardized, subtractLosses } from './items/blended-scores.js';
import { popularityLosses } from './items/discounts.js';
import {
  type Generative,
  hasItemVectors,
  type ItemEmbedding,
  type ItemRelations,
  type ItemVectors,
  isGenerative,
  type Recommender,
  type TopN,
} from './recommender.js';
import { writeOrigin } from './training/checkpoint.js';
import { hasCheckpoint } from './training/checkpoint-files.js';
import type { ModelTraining, TrainedModel } from './training/model-training.js';

/** A model that an ensemble blends, with its weight. */
interface Member {
  readonly weight: number;
  readonly model: Recommender;
}

/**
 * A blend of models. An item's score for a user is Σ_k w_k·(s_ki − mean_i s_ki) / sd_i s_ki: each member's
 * scores are standardised over all items of that user, because the scores of two models have no common scale.
 * A member that gives all items the same score adds nothing, and one of weight 0 is not asked.
 *
 * With losses, each item's loss times Σ_k |w_k| is taken from its score, but not of a user without clicks.
 */
export class Ensemble implements Recommender {
  readonly model = 'ensemble';
  readonly itemCount: number;
  readonly #members: readonly Member[];
  /** [I]; null where no item loses anything. */
  readonly #losses: Float32Array | null;

  /**
   * @param members - at least one; the ensemble owns them and disposes them
   * @param losses - from `popularityLosses`
   * @throws ShapeError when they score different numbers of items
   */
  constructor(members: readonly Member[], losses: Float32Array | null = null) {
    this.itemCount = members[0]!.model.itemCount;
    const other = members.find(({ model }) => model.itemCount !== this.itemCount);
    if (other !== undefined) {
      throw new ShapeError(
        `${other.model.model} scores ${other.model.itemCount} items, ${members[0]!.model.model} ${this.itemCount}`,
      );
    }
    this.#members = members;
    const sum = members.reduce((total, { weight }) => total + Math.abs(weight), 0);
    this.#losses = losses?.map((loss) => sum * loss) ?? null;
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (const { first, last } of scoringBlocks(rows)) {
      const block = rows.slice(first, last);
      const sums = scores.subarray(first * this.itemCount, last * this.itemCount);
      for (const { weight, model } of this.#members) {
        if (weight === 0) continue;
        addStandardized(sums, await model.score(block), this.itemCount, weight);
      }
      if (this.#losses !== null) subtractLosses(sums, this.#losses, block);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, async (block, masked) =>
      topN(await this.score(block), masked, n),
    );
  }

  dispose(): void {
    for (const { model } of this.#members) model.dispose();
  }
}

/** An ensemble that compares items, by those of its members that can and have a weight above 0. */
class ComparingEnsemble extends Ensemble implements ItemRelations, ItemVectors {
  readonly #comparing: readonly ComparingMember[];

  /** @param comparing - some of the members, at least one */
  constructor(
    members: readonly Member[],
    losses: Float32Array | null,
    comparing: readonly ComparingMember[],
  ) {
    super(members, losses);
    this.#comparing = comparing;
  }

  itemRelations(item: number): Promise<Float32Array> {
    return blendedNearness(this.#comparing, item);
  }

  itemVectors(): Promise<ItemEmbedding> {
    return blendedVectors(this.#comparing);
  }
}

/**
 * The ensemble of some members. It compares items if one of them does, and has a latent space if one is a Mult-VAE.
 *
 * @throws ShapeError as `Ensemble`
 */
export function ensembleOf(
  members: readonly Member[],
  losses: Float32Array | null = null,
): Ensemble {
  const comparing = members.flatMap(({ weight, model }) =>
    weight > 0 && hasItemVectors(model) ? [{ weight, model }] : [],
  );
  const ensemble =
    comparing.length > 0
      ? new ComparingEnsemble(members, losses, comparing)
      : new Ensemble(members, losses);
  return withLatentMember(ensemble, members);
}

/**
 * Lets the first Mult-VAE among the members answer what only a Mult-VAE can, whatever its weight: codes, scores of
 * codes, the ELBO and synthetic users.
 *
 * @returns the same ensemble
 */
function withLatentMember(ensemble: Ensemble, members: readonly Member[]): Ensemble {
  const member = members.map(({ model }) => model).find(isGenerative);
  if (member === undefined) return ensemble;
  const answers: Generative = {
    encode: (rows) => member.encode(rows),
    decode: (codes) => member.decode(codes),
    elbo: (rows, seed) => member.elbo(rows, seed),
    sample: (lengths, seed) => member.sample(lengths, seed),
  };
  return Object.assign(ensemble, answers);
}

const prefixOf = (index: number) => `member${index + 1}/`;

/** The parameters of all members in one record, under `member1/…`, `member2/…`. */
export function joinedWeights(members: readonly StoredTensors[]): StoredTensors {
  return Object.fromEntries(
    members.flatMap((weights, index) =>
      Object.entries(weights).map(([name, tensor]) => [prefixOf(index) + name, tensor]),
    ),
  );
}

/** The parameters of one member, under its own names; the first member is 0. */
export function memberWeights(weights: StoredTensors, index: number): StoredTensors {
  const prefix = prefixOf(index);
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** The file of a trained member, until all members are trained. */
const finishedFile = 'finished.safetensors';
/** How much each further seed of the ensemble adds to its members' seeds. */
const seedStride = 1000;

/**
 * Trains the members of an ensemble one after the other, each as it would be trained alone. Finished
 * members stay in the folder, so a resumed training continues with the member that was stopped.
 *
 * Where the weights are to be learned, this is done last, and the members that do not help are dropped.
 */
async function trainEnsemble(
  training: ModelTraining<EnsembleConfig>,
  models: Models,
): Promise<TrainedModel> {
  const { origin, folder, resume, onMember } = training;
  const { members } = origin.config;
  const weights: StoredTensors[] = [];
  let durationS = 0;
  for (const [index, member] of members.entries()) {
    const own = join(folder, `member${index + 1}`);
    const path = join(own, finishedFile);
    if (!resume || !existsSync(path)) {
      const config = seeded(member.config, origin.config.seed);
      onMember?.(index + 1, config);
      mkdirSync(own, { recursive: true });
      const trained = await models.train({
        ...training,
        origin: { ...origin, config },
        folder: own,
        resume: resume && hasCheckpoint(own),
      });
      const seconds = { durationS: String(trained.durationS) };
      try {
        replaceFile(path, safetensorsParts(trained.weights, seconds));
      } catch (error) {
        throw unwritable(path, error);
      }
      training.signal?.throwIfAborted();
    }
    const { tensors, metadata } = readSafetensorsFile(path);
    weights.push(tensors);
    durationS += Number(metadata.durationS);
  }
  const trained = { log: [], best: null, durationS };
  if (origin.config.weights === 'given') return { ...trained, weights: joinedWeights(weights) };
  return { ...trained, ...(await withLearnedWeights(training, weights, models)) };
}

/** Learns the members' weights, and keeps the members that have one, and the first Mult-VAE for its latent space. */
async function withLearnedWeights(
  { origin: { config }, train, engine, learnWeights, onRemark }: ModelTraining<EnsembleConfig>,
  weights: readonly StoredTensors[],
  models: Models,
): Promise<Pick<TrainedModel, 'config' | 'weights'>> {
  const trainClicks = train.columnCounts();
  const openEngine = async () => engine!;
  const loaded: Recommender[] = [];
  try {
    for (const [k, member] of config.members.entries()) {
      const stored = { config: member.config, weights: weights[k]!, trainClicks, openEngine };
      loaded.push(await models.load(stored));
    }
    const losses = popularityLosses(trainClicks, config.popularityDiscount);
    const learned = await learnWeights(loaded, losses);
    onRemark?.(learned.remark);
    const latent = loaded.findIndex(isGenerative);
    const kept = learned.weights.flatMap((weight, k) =>
      weight === 0 && k !== latent ? [] : [{ weight, k }],
    );
    const members = kept.map(({ weight, k }) => ({ ...config.members[k]!, weight }));
    return {
      config: { ...config, members },
      weights: joinedWeights(kept.map(({ k }) => weights[k]!)),
    };
  } finally {
    for (const model of loaded) model.dispose();
  }
}

/** A member's configuration under a seed of the ensemble; seed 1 leaves it unchanged. */
function seeded(config: SingleConfig, seed: number): SingleConfig {
  if (!('seed' in config)) return config;
  return { ...config, seed: (config.seed + seedStride * (seed - 1)) % 2 ** 32 };
}

/** How an ensemble is trained and loaded: member by member. */
export const ensembleModel: ModelDefinition<EnsembleConfig> = {
  computesWithTensors: ({ members }, models) =>
    members.some(({ config }) => models.computesWithTensors(config)),
  train(training, models) {
    writeOrigin(training.folder, training.origin);
    return trainEnsemble(training, models);
  },
  async load(stored, models) {
    const members = await Promise.all(
      stored.config.members.map(async ({ weight, config }, index) => {
        const weights = memberWeights(stored.weights, index);
        return { weight, model: await models.load({ ...stored, config, weights }) };
      }),
    );
    return ensembleOf(
      members,
      popularityLosses(stored.trainClicks, stored.config.popularityDiscount),
    );
  },
};
