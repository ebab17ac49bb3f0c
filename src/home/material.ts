/** Reads what a training works on: a home's clicks, split by the protocol. */

import { type Protocol, paperProtocol } from '../config/protocol.js';
import { defaultThreshold } from '../data/click.js';
import { type FeedbackWord, type UsedFeedback, withFeedback } from '../data/feedback-clicks.js';
import { flagsThatHelp } from '../data/split/advice.js';
import {
  defaultHeldoutUsers,
  nothingHidden,
  type Split,
  strongGeneralization,
} from '../data/split/users.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import { type HomeAt, placeAt, shownPlace } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
import { HomeError, RunError, SplitError } from '../errors.js';
import type { TrainingOrigin } from '../model/training/checkpoint.js';
import { remedies, sentence } from '../remedies.js';
import { withStore } from './place/opened.js';
import type { StoppedTraining } from './runs.js';
import { keptSplitOf, splitBy, usersOfRun } from './training/kept-split.js';

/** Which ratings are clicks, and which users are held out. The defaults are the paper's. */
export interface ProtocolOptions {
  /** Validation users, and as many test users. Default: a tenth of all users, at most 10,000. */
  readonly heldoutUsers?: number;
  /** Seed of the split. */
  readonly splitSeed?: number;
  /** A rating above this is a click; null makes every row a click. Default: `defaultThreshold` of the data's scale. */
  readonly threshold?: number | null;
  /** Users with fewer clicks are left out. */
  readonly minClicks?: number;
  /**
   * A run whose held-out users stay held out, while of the users whom it was not trained on the same share joins them.
   * The clicks and the seed are then those of that run, and the other options do not count.
   */
  readonly heldoutFrom?: string;
}

/** What one training works on. */
export interface Material {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
  /** Imported users with fewer clicks than the protocol asks for; they take no part. */
  readonly usersBelow: number;
  /** The feedback among the split's training clicks; absent when feedback was not asked for. */
  readonly feedback?: UsedFeedback;
}

/** Users whom the protocol leaves out of the training or of the figures. */
export interface LeftOut {
  /** Imported users. */
  readonly users: number;
  /** Those with fewer clicks than the protocol asks for; they take no part. */
  readonly below: number;
  /** Held-out users without a hidden click: no figure counts them. */
  readonly nothingHidden: { readonly validation: number; readonly test: number };
}

/** How often a home is read anew that is written meanwhile. */
const maxReadings = 5;

/** What was read of a home. */
interface HomeSplit {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
  /** Null when feedback was not asked for. */
  readonly words: readonly FeedbackWord[] | null;
}

/**
 * Splits the clicks that the options select, and fills in the protocol.
 *
 * @throws SplitError that names flags with which the split can be made
 * @throws RunError when there is no run that the held-out users are from
 */
export async function splitClicksOf(
  store: Store,
  options: ProtocolOptions,
): Promise<{ protocol: Protocol; split: Split }> {
  if (options.heldoutFrom !== undefined) return keptSplitOf(store, options.heldoutFrom);
  const scale = (await store.dataset())?.scale ?? null;
  const { threshold: ratingThreshold = defaultThreshold(scale) } = options;
  const { minClicks = paperProtocol.minClicks, splitSeed = paperProtocol.splitSeed } = options;
  const clicks = await store.labelledClicks(ratingThreshold, minClicks);
  const heldoutUsers = options.heldoutUsers ?? defaultHeldoutUsers(clicks.userIds.length);
  const protocol = { ratingThreshold, minClicks, heldoutUsers, splitSeed };
  try {
    return { protocol, split: strongGeneralization(clicks, protocol) };
  } catch (error) {
    if (!(error instanceof SplitError)) throw error;
    const flags = await flagsThatHelp({
      protocol,
      isHeldoutAsked: options.heldoutUsers !== undefined,
      scale,
      read: (threshold, least) => store.labelledClicks(threshold, least),
    });
    const cause = error.message;
    const row =
      flags === null
        ? remedies.splitNeedsData({ cause })
        : remedies.splitNeedsFlags({ cause, flags });
    throw new SplitError(sentence(row), { cause: error });
  }
}

/**
 * A home's data, split by the protocol.
 *
 * @param options - `withFeedback` adds feedback to the clicks of training users
 * @throws SplitError, HomeError
 */
export async function readMaterial(
  home: HomeAt,
  options: ProtocolOptions & { readonly withFeedback?: boolean },
): Promise<Material> {
  return materialOf(
    await readHome(home, async (store) => ({
      ...(await splitClicksOf(store, options)),
      words: options.withFeedback ? await store.latestFeedback() : null,
    })),
  );
}

/**
 * The material that a stopped training began with.
 *
 * @throws RunError when the home's data or feedback have changed since
 */
export async function readMaterialAgain(
  home: HomeAt,
  { runId, origin }: StoppedTraining,
): Promise<Material> {
  const { protocol, dataHash } = origin;
  const { ratingThreshold, minClicks } = protocol;
  const read = await readHome(home, async (store) => ({
    clicks: await store.labelledClicks(ratingThreshold, minClicks),
    earlier: protocol.kept && (await usersOfRun(store, protocol.kept.run)),
    words: beganWithFeedback(origin) ? await store.latestFeedback() : null,
  }));
  const { dataset, clicks, words, earlier } = read;
  if (dataset.dataHash !== dataHash.split('+')[0]) {
    throw new RunError(
      `run ${runId} was begun on other data: its hash is ${dataHash.slice(0, 12)}…, that of ${shownPlace(placeAt(home))} is ${dataset.dataHash.slice(0, 12)}…. Train from the beginning, without --resume.`,
    );
  }
  const split = splitBy(clicks, protocol, earlier);
  const material = materialOf({ dataset, protocol, split, words });
  if (materialHash(material) !== dataHash) {
    throw new RunError(
      `run ${runId} was begun with other feedback: some came or went since. Train from the beginning, without --resume.`,
    );
  }
  return material;
}

/** Whom the protocol leaves out; no field where that is nobody. */
export function leftOutOf(material: Material): { readonly leftOut?: LeftOut } {
  const { dataset, split, usersBelow: below } = material;
  const validation = nothingHidden(split.validation);
  const test = nothingHidden(split.test);
  if (below + validation + test === 0) return {};
  return { leftOut: { users: dataset.users, below, nothingHidden: { validation, test } } };
}

/** The hash of the data that a training works on: of the imported ratings, and of the feedback if there is some. */
export function materialHash({ dataset, feedback }: Material): string {
  return feedback === undefined ? dataset.dataHash : `${dataset.dataHash}+${feedback.hash}`;
}

/** Whether a training began with feedback. */
export function beganWithFeedback({ dataHash }: Pick<TrainingOrigin, 'dataHash'>): boolean {
  return dataHash.includes('+');
}

function materialOf({ dataset, protocol, split: imported, words }: HomeSplit): Material {
  const usersBelow = dataset.users - imported.userOrder.length;
  if (words === null) return { dataset, protocol, split: imported, usersBelow };
  const { split, used } = withFeedback(imported, words, {
    hasRatings: dataset.scale !== null,
  });
  return { dataset, protocol, split, usersBelow, feedback: used };
}

/** Everything is of one version of the data: what comes between two reads begins the reading anew. */
function readHome<T>(
  home: HomeAt,
  read: (store: Store) => Promise<T>,
): Promise<T & { dataset: DatasetSummary }> {
  return withStore(home, async (store) => {
    for (let reading = 1; ; reading++) {
      const dataset = await store.dataset();
      if (dataset === null) {
        throw new HomeError(
          `${shownPlace(placeAt(home))} holds no ratings yet; \`multvae import\` brings some in.`,
        );
      }
      const found = await read(store);
      const after = await store.dataset();
      if (after?.dataHash === dataset.dataHash || reading === maxReadings) {
        return { ...found, dataset };
      }
    }
  });
}
