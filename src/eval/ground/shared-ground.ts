/** What runs of different data can be measured on: users whom all of them hold out, with their present clicks. */
import { ClickMatrix } from '../../data/click-matrix.js';
import type { ItemId } from '../../data/ids.js';
import { LargeMap } from '../../data/large-map.js';
import {
  columnsOf,
  type HeldOutUsers,
  hideClicks,
  type LabelledClicks,
} from '../../data/split/users.js';
import type { Recommender } from '../../model/recommender.js';
import type { StoredRun, Vocabulary } from '../../runs/format.js';
import type { SplitName } from '../report.js';
import { MappedRecommender } from './mapped-recommender.js';

/** The part of a run that says whom it holds out, and which items it knows. */
export type GroundRun = Pick<StoredRun, 'protocol' | 'vocabulary' | 'split'>;

/** What a home holds now. */
export interface PresentData {
  /** Of users with enough clicks. */
  readonly clicks: LabelledClicks;
  /** Whether an answer may hold an item. */
  readonly isAvailable: (itemId: string) => boolean;
}

/** The common ground of several runs. */
export interface SharedGround {
  /**
   * The present items that at least one run knows, in the order of the home. `trainClicks` counts the present clicks of
   * everybody who is not measured, so that popularity is that of today.
   */
  readonly vocabulary: Vocabulary;
  /** At least one of them has a hidden click. */
  readonly users: HeldOutUsers;
  /** Items of the vocabulary that no answer may hold. */
  readonly unavailable: readonly number[];
}

/**
 * Finds the ground on which several runs can be compared.
 *
 * The users are those whom every run has in the same held-out set, so no run was trained on one of them. Their clicks
 * are the present ones, on items that at least one run knows; a fifth of them is hidden, as the protocol does. A hidden
 * click on an item that a model does not know is one that this model misses. Items that no answer may hold are neither
 * hidden nor recommended.
 *
 * @param runs - at least one, all with the same threshold
 * @returns null where no user is held out in all runs and has a hidden click
 */
export function sharedGround(
  runs: readonly GroundRun[],
  split: SplitName,
  { clicks, isAvailable }: PresentData,
): SharedGround | null {
  const heldOutIn = new LargeMap<string, number>();
  for (const run of runs) {
    for (const user of run.split[split].users) {
      heldOutIn.set(user, (heldOutIn.get(user) ?? 0) + 1);
    }
  }
  const rows = [...clicks.userIds.keys()].filter(
    (row) => heldOutIn.get(clicks.userIds[row]!) === runs.length,
  );
  const known = new LargeMap<string, true>();
  for (const { vocabulary } of runs) for (const item of vocabulary.items) known.set(item, true);
  const items = [...clicks.itemIds.keys()].filter((item) => known.has(clicks.itemIds[item]!));
  const columns = columnsOf(clicks, items);
  const unavailable = [...items.keys()].filter(
    (item) => !isAvailable(clicks.itemIds[items[item]!]!),
  );
  const hidden = hideClicks(clicks, Int32Array.from(rows), columns, runs[0]!.protocol.splitSeed);
  const users = { ...hidden, heldOut: without(hidden.heldOut, unavailable) };
  if (users.heldOut.clicks === 0) return null;
  const counts = clicks.clicks.columnCounts();
  for (const row of rows) for (const item of clicks.clicks.row(row)) counts[item]!--;
  return {
    vocabulary: {
      items: items.map((item) => clicks.itemIds[item]!),
      trainClicks: Int32Array.from(items, (item) => counts[item]!),
    },
    users,
    unavailable,
  };
}

function without(clicks: ClickMatrix, items: readonly number[]): ClickMatrix {
  const left = new Set(items);
  const rows = Array.from({ length: clicks.rows }, (_, u) =>
    clicks.row(u).filter((item) => !left.has(item)),
  );
  return ClickMatrix.fromRows(clicks.columns, rows);
}

/** A run as it is measured there: with the users and the vocabulary of the ground. */
export function onGround<Run extends GroundRun>(
  run: Run,
  split: SplitName,
  { vocabulary, users }: SharedGround,
): Run {
  return { ...run, vocabulary, split: { ...run.split, [split]: users } };
}

/**
 * A model over the vocabulary of the ground.
 *
 * @param recommender - disposed with the result
 * @param known - the items of the model, by index
 */
export function mappedTo(
  { vocabulary, unavailable }: SharedGround,
  recommender: Recommender,
  known: readonly ItemId[],
): MappedRecommender {
  const indexOf = new LargeMap(known.map((item, index) => [item, index]));
  const own = Int32Array.from(vocabulary.items, (item) => indexOf.get(item) ?? -1);
  return new MappedRecommender(recommender, own, unavailable);
}
