/** Reads what a training works on: a home's clicks, split by the protocol. */

import type { Collective } from '../backend/collective/collective.js';
import { ItemPart } from '../backend/collective/item-part.js';
import { type Protocol, protocolName } from '../config/protocol.js';
import { type FeedbackWord, type UsedFeedback, withFeedback } from '../data/feedback-clicks.js';
import { nothingHidden, type Split, selectUsers } from '../data/split/users.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import { type HomeAt, placeAt, shownPlace } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
import { ArgumentError, HomeError, RunError } from '../errors.js';
import { newcomersOf, newcomersText } from '../eval/newcomers.js';
import { splitNames } from '../eval/report.js';
import type { TrainingOrigin } from '../model/training/checkpoint.js';
import { withStore } from './place/opened.js';
import type { StoppedTraining } from './runs.js';
import { filesAsked, splitFiles, splitFilesAgain } from './split/files-split.js';
import { splitClicksOf } from './split/home-split.js';
import { clicksFor, splitBy, usersOfRun } from './split/kept-split.js';
import type { ProtocolOptions } from './split/protocol-options.js';

/** What one training works on. */
export interface Material {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  /** Of a training that several ranks divide, its `train` has the clicks on this rank's items alone. */
  readonly split: Split;
  /** [training users], the training clicks of each. */
  readonly clicksOfUsers: Int32Array;
  /** [I], the training clicks on each item. */
  readonly clicksOfItems: Int32Array;
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
interface ReadHome {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
  /** Null when feedback was not asked for. */
  readonly words: readonly FeedbackWord[] | null;
}

/** How a home is read for a training. */
export interface MaterialOptions extends ProtocolOptions {
  /** Adds feedback to the clicks of training users. Default: false. */
  readonly withFeedback?: boolean;
  /** Told what to know of the clicks that are split. Default: nobody is told. */
  readonly onRemark?: ((text: string) => void) | undefined;
}

/**
 * A home's data, or those of the files that the options name, split by the protocol.
 *
 * @throws ArgumentError for options that do not go together
 * @throws SplitError, HomeError, DataError
 */
export async function readMaterial(home: HomeAt, options: MaterialOptions): Promise<Material> {
  const files = await filesAsked(home, options);
  const read =
    files !== null
      ? { ...(await splitFiles(home, files)), words: null }
      : await readHome(home, async (store) => ({
          ...(await splitClicksOf(store, options)),
          words: options.withFeedback ? await store.latestFeedback() : null,
        }));
  const name = protocolName(read.protocol);
  if (options.withFeedback && name !== 'users') {
    throw new ArgumentError(
      `--with-feedback adds clicks of users whose clicks --protocol ${name} holds out; leave one of them out`,
    );
  }
  for (const text of [...read.remarks, ...onNewcomers(read.split)]) options.onRemark?.(text);
  return materialOf(read);
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
  const { heldOutClicks } = protocol;
  if (heldOutClicks?.by === 'files') {
    return materialOf({ ...(await splitFilesAgain(home, protocol, heldOutClicks)), words: null });
  }
  const read = await readHome(home, async (store) => ({
    clicks: await clicksFor(store, protocol),
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

function onNewcomers(split: Split): string[] {
  return splitNames.flatMap((set) => {
    const found = newcomersOf(split[set]);
    return found === null ? [] : [newcomersText(found, set)];
  });
}

/**
 * What a rank keeps of the material: the training clicks on its items. The first one keeps the test users too, whom it
 * publishes. Once nobody refers to the material as it was read, the rest is freed.
 */
export function ownMaterial(material: Material, collective: Collective): Material {
  const { split } = material;
  const { train, trainPositions } = split;
  const { first, last } = new ItemPart(train.columns, collective);
  const isOwn = (_: number, k: number) => train.items[k]! >= first && train.items[k]! < last;
  return {
    ...material,
    split: {
      ...split,
      train: train.onlyColumns(first, last),
      trainPositions: trainPositions.filter(isOwn),
      ...(collective.rank > 0 && { test: selectUsers(split.test, []) }),
    },
  };
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

function materialOf({ dataset, protocol, split: imported, words }: ReadHome): Material {
  const usersBelow = dataset.users - imported.userOrder.length;
  const { split, used } =
    words === null
      ? { split: imported }
      : withFeedback(imported, words, { hasRatings: dataset.scale !== null });
  return {
    dataset,
    protocol,
    split,
    clicksOfUsers: split.train.rowLengths(),
    clicksOfItems: split.train.columnCounts(),
    usersBelow,
    ...(used && { feedback: used }),
  };
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
