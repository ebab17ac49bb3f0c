/** Trains a model on a click matrix of the caller's own, without a home. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigOf, ModelConfig, ModelName } from '../config/models.js';
import { completeConfig, parseConfig } from '../config/parse.js';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import { type HeldOutUsers, maxHeldoutUsers, minSplitUsers } from '../data/split/users.js';
import { SplitError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { models } from '../model/models.js';
import type { Recommender } from '../model/recommender.js';
import type { TrainingHooks } from '../model/training/hooks.js';
import { RandomStream } from '../random.js';
import type { EngineOptions } from './engine-options.js';
import { openEngineFor } from './training/fit.js';
import { weightsOnValidation } from './training/member-weights.js';

/** A held-out row with fewer clicks hides none. */
const minClicksToHide = 5;
/** The part of a held-out row's clicks that is hidden. */
const hiddenPart = 0.2;

/** The rows of a click matrix, divided into those that are trained on and those that are held out. */
export interface ClickSplit {
  /** [U - 2H, I] */
  readonly train: ClickMatrix;
  /** H rows; `users` are their numbers in the matrix, as texts. */
  readonly validation: HeldOutUsers;
  readonly test: HeldOutUsers;
}

/** Who is held out. */
export interface ClickSplitOptions {
  /** H, rows for validation, and as many for the test. Default: a tenth of all rows. */
  readonly heldoutUsers?: number;
  /** Default: 1. */
  readonly seed?: number;
}

/**
 * Divides rows at random: the held-out ones hide a fifth of their clicks, rounded down; one with fewer than five
 * clicks hides none. The columns stay as they are.
 *
 * @param clicks - [U, I]
 * @throws SplitError when no row would be left to train on
 */
export function splitClicks(clicks: ClickMatrix, options: ClickSplitOptions = {}): ClickSplit {
  const { heldoutUsers = Math.floor(clicks.rows / 10), seed = 1 } = options;
  const left = clicks.rows - 2 * heldoutUsers;
  if (heldoutUsers < 1 || left < 1) {
    const max = maxHeldoutUsers(clicks.rows);
    throw new SplitError(
      `${clicks.rows} rows with ${heldoutUsers} for validation and as many for the test leave none to train on, or none to measure on; give ${max === 0 ? `at least ${minSplitUsers} rows` : `heldoutUsers from 1 to ${max}`}`,
    );
  }
  const order = new RandomStream(seed, 'rows').permutation(clicks.rows);
  const held = (rows: Int32Array) => hideClicks(clicks, rows, seed);
  return {
    train: clicks.select(order.subarray(0, left)),
    validation: held(order.subarray(left, left + heldoutUsers)),
    test: held(order.subarray(left + heldoutUsers)),
  };
}

function hideClicks(clicks: ClickMatrix, rows: Int32Array, seed: number): HeldOutUsers {
  const seen: number[][] = [];
  const hidden: number[][] = [];
  for (const u of rows) {
    const row = clicks.row(u);
    const count = row.length < minClicksToHide ? 0 : Math.floor(hiddenPart * row.length);
    const drawn = new RandomStream(seed, 'clicks', u).permutation(row.length).subarray(0, count);
    const isHidden = new Set(drawn);
    seen.push(Array.from(row).filter((_, k) => !isHidden.has(k)));
    hidden.push(Array.from(row).filter((_, k) => isHidden.has(k)));
  }
  return {
    users: Array.from(rows, (u) => String(u) as UserId),
    foldIn: ClickMatrix.fromRows(clicks.columns, seen),
    heldOut: ClickMatrix.fromRows(clicks.columns, hidden),
  };
}

/** A model by its name, and the hyper-parameters that differ from the paper's. */
export type ClickTrainingConfig<Name extends ModelName = ModelName> = {
  [Each in Name]: { readonly model: Each } & Partial<Omit<ConfigOf<Each>, 'model'>>;
}[Name];

/** What computes, who follows, and how the best epoch is found. */
export interface ClickTrainingOptions extends EngineOptions, TrainingHooks {
  /**
   * Users who decide which epoch is kept, over the same items. Default: a tenth of the rows, which are not trained on;
   * none for a model without epochs.
   */
  readonly validation?: HeldOutUsers;
  /** Stops the training after the step in progress; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model on a click matrix.
 *
 *   const model = await train(clicks, { model: 'mult-vae', epochs: 20 });
 *   const { items } = await model.topN(rows, 10, rows);
 *
 * Nothing is kept on disk.
 *
 * @param clicks - [U, I]; a column without a click is never learnt
 * @returns a model that the caller disposes
 * @throws ConfigError for a wrong hyper-parameter
 * @throws SplitError when there are too few rows to hold some out
 * @throws DivergenceError, BackendError, and the signal's reason when it was aborted
 */
export async function train(
  clicks: ClickMatrix,
  config: ClickTrainingConfig,
  options: ClickTrainingOptions = {},
): Promise<Recommender> {
  const { signal, onStep, onEpoch, onMember, onRemark } = options;
  const checked = parseConfig<ModelName>(config.model, { ...config });
  const { rows, validation } = trainingRows(clicks, checked, options.validation);
  const complete = completeConfig(config, { trainingUsers: rows.rows });
  const engine = await openEngineFor(complete, options);
  const folder = mkdtempSync(join(tmpdir(), 'multvae-train-'));
  try {
    const { weights, config: chosen = complete } = await models.train({
      engine,
      folder,
      resume: false,
      train: rows,
      origin: {
        config: complete,
        protocol: { ...paperProtocol, heldoutUsers: validation?.users.length ?? 1 },
        dataHash: 'none',
        backend: engine?.name ?? 'none',
      },
      validate: async (model) =>
        validation === null
          ? 0
          : (await evaluate(model, validation, [100])).metrics['ndcg@100']!.mean,
      // An ensemble always has validation users.
      learnWeights: (members, losses) =>
        weightsOnValidation({ members, losses, users: validation! }, signal),
      ...(signal && { signal }),
      ...(onStep && { onStep }),
      ...(onEpoch && { onEpoch }),
      ...(onMember && { onMember }),
      ...(onRemark && { onRemark }),
    });
    const trainClicks = rows.columnCounts();
    return await models.load({
      config: chosen,
      weights,
      trainClicks,
      openEngine: async () => engine!,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows to train on, and the users who decide which epoch is kept. */
function trainingRows(
  clicks: ClickMatrix,
  config: ModelConfig,
  given: HeldOutUsers | undefined,
): { rows: ClickMatrix; validation: HeldOutUsers | null } {
  const hasEpochs = 'epochs' in config || config.model === 'ensemble';
  if (given !== undefined || !hasEpochs) return { rows: clicks, validation: given ?? null };
  const count = Math.floor(clicks.rows / 10);
  if (count < 1) {
    throw new SplitError(
      `${clicks.rows} rows are too few to hold some out for validation; give at least 10, or your own \`validation\``,
    );
  }
  const order = new RandomStream(1, 'rows').permutation(clicks.rows);
  return {
    rows: clicks.select(order.subarray(0, clicks.rows - count)),
    validation: hideClicks(clicks, order.subarray(clicks.rows - count), 1),
  };
}
