/** Splits users into training, validation and test users (strong generalization). */
import type { Protocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { NumpyLegacyRandom } from '../../random.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';

/** Clicks with the ids of their rows and columns. */
export interface LabelledClicks {
  /** Ascending by `idOrder`; row u of `clicks` belongs to `userIds[u]`. */
  readonly userIds: readonly UserId[];
  readonly itemIds: readonly ItemId[];
  /** [U, I]; each row in file order. */
  readonly clicks: ClickMatrix;
  /** [clicks], the place of each click in the ratings file; distinct, in the order of `clicks.items`. */
  readonly positions: Int32Array;
  /** [clicks], seconds since 1970; NaN for a click without a time. Absent where nobody asked for times. */
  readonly times?: Float64Array;
}

/** Users who are held out: the model sees their fold-in clicks and is measured on their hidden clicks. */
export interface HeldOutUsers {
  /** Ascending by `idOrder`; row u of both matrices belongs to `users[u]`. */
  readonly users: readonly UserId[];
  /** [U, I] over the training vocabulary. */
  readonly foldIn: ClickMatrix;
  /** [U, I]; a row may be empty. */
  readonly heldOut: ClickMatrix;
  /**
   * [U], the hidden clicks on items outside the vocabulary: every model misses them, and figures count them as missed.
   * Absent where there are none, and where whole users are held out: that protocol drops such clicks before it hides any.
   */
  readonly unknown?: readonly (readonly ItemId[])[];
  /**
   * Users with a hidden click and nothing to fold in, such as those who came after the training: no figure counts them.
   * They are not among `users`. Absent where there are none.
   */
  readonly newUsers?: readonly UserId[];
}

/**
 * Where whole users are held out (strong generalization), training, validation and test users are different people. With
 * the other protocols, the users of a held-out set are mostly training users too, and some of their clicks are held out.
 */
export interface Split {
  readonly protocol: Protocol;
  /**
   * Every user once: training users first. Where whole users are held out, it is the seeded order, validation users
   * before test users.
   */
  readonly userOrder: readonly UserId[];
  /** The I items with a training click, by first appearance in the file. */
  readonly vocabulary: readonly ItemId[];
  /** [training users, I]; row u belongs to `userOrder[u]`. */
  readonly train: ClickMatrix;
  /** [training clicks], places in the ratings file, in the order of `train.items`. */
  readonly trainPositions: Int32Array;
  readonly validation: HeldOutUsers;
  readonly test: HeldOutUsers;
}

/** All clicks of held-out users, fold-in first, [U, I]. */
export function wholeProfiles({ foldIn, heldOut }: HeldOutUsers): ClickMatrix {
  const rows = Array.from({ length: foldIn.rows }, (_, u) => [...foldIn.row(u), ...heldOut.row(u)]);
  return ClickMatrix.fromRows(foldIn.columns, rows);
}

/** [U], how many hidden clicks each held-out user has, with those on items outside the vocabulary. */
export function hiddenCounts({
  heldOut,
  unknown,
}: Pick<HeldOutUsers, 'heldOut' | 'unknown'>): Int32Array {
  return Int32Array.from(
    { length: heldOut.rows },
    (_, u) => heldOut.row(u).length + (unknown?.[u]?.length ?? 0),
  );
}

/** How many held-out users have no hidden click, so that no figure counts them. */
export function nothingHidden(users: Pick<HeldOutUsers, 'heldOut' | 'unknown'>): number {
  return hiddenCounts(users).filter((hidden) => hidden === 0).length;
}

/** Some of the held-out users, in the given order. @param rows - their places in `users` */
export function selectUsers(
  { users, foldIn, heldOut, unknown }: HeldOutUsers,
  rows: readonly number[],
): HeldOutUsers {
  return {
    users: rows.map((u) => users[u]!),
    foldIn: foldIn.select(rows),
    heldOut: heldOut.select(rows),
    ...(unknown && { unknown: rows.map((u) => unknown[u]!) }),
  };
}

/** A held-out user with at least five clicks hides a fifth of them: the rule of the reference code. */
const hiddenPart = 0.2;
const minClicksToHide = 5;

/** The least users of a split: one to train on, one for validation, one for the test. */
export const minSplitUsers = 3;

/** The default number of held-out users: a tenth of the users, at most the 10,000 of the paper for ML-20M. */
export function defaultHeldoutUsers(users: number): number {
  return Math.min(10_000, Math.floor(users / 10));
}

/** The largest number of held-out users that leaves one to train on; 0 where there is none. */
export function maxHeldoutUsers(users: number): number {
  return Math.max(0, Math.floor((users - 1) / 2));
}

/**
 * Splits users as the reference code of Liang et al. 2018 does (dawenl/vae_cf), bit for bit.
 *
 * NumPy's legacy generator permutes the users, in ascending order. The last H are test users, and the H before them are
 * validation users. Items without a training click are dropped. Then the generator is seeded again, once for validation
 * and once for test. Each user with at least five remaining clicks hides a fifth of them, rounded down. A user with
 * fewer keeps all of them as fold-in.
 *
 * @param clicks - already filtered by `protocol.ratingThreshold` and `protocol.minClicks`
 * @throws SplitError when no training user, or no user with a hidden click, would be left; `split/advice.ts` finds what
 *   helps
 */
export function strongGeneralization(clicks: LabelledClicks, protocol: Protocol): Split {
  const users = clicks.userIds.length;
  const heldout = protocol.heldoutUsers;
  const trainUsers = users - 2 * heldout;
  if (users < minSplitUsers) {
    throw new SplitError(
      `${inWords(users)} enough clicks; a split needs at least ${minSplitUsers}: to train on, for validation and for the test`,
    );
  }
  if (heldout < 1) {
    throw new SplitError(`${inWords(users)} enough clicks, too few to hold out a tenth of them`);
  }
  if (trainUsers < 1) {
    throw new SplitError(
      `${inWords(users)} enough clicks; ${heldout} validation and ${heldout} test users leave none to train on`,
    );
  }
  const order = new NumpyLegacyRandom(protocol.splitSeed).permutation(users);
  return splitInto(clicks, protocol, {
    train: order.subarray(0, trainUsers),
    validation: order.subarray(trainUsers, trainUsers + heldout),
    test: order.subarray(trainUsers + heldout),
  });
}

/** The rows of `LabelledClicks` that belong to each set. */
export interface SetRows {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Makes the split of users who are already divided: drops items without a training click, and hides a part of the
 * clicks of held-out users.
 *
 * @throws SplitError when no user of a held-out set has a hidden click
 */
export function splitInto(clicks: LabelledClicks, protocol: Protocol, sets: SetRows): Split {
  const vocabulary = byFirstAppearance(clicks, sets.train);
  const columnOf = columnsOf(clicks, vocabulary);
  const { train, trainPositions } = trainingClicks(clicks, sets.train, columnOf);
  const heldOutUsers = (name: 'validation' | 'test') => {
    const set = hideClicks(clicks, sets[name], columnOf, protocol.splitSeed);
    if (set.heldOut.clicks === 0) {
      throw new SplitError(
        `none of the ${sets[name].length} ${name} users has ${minClicksToHide} clicks on items that training users clicked, so there is nothing to measure`,
      );
    }
    return set;
  };
  const order = [...sets.train, ...sets.validation, ...sets.test];
  return {
    protocol,
    userOrder: order.map((u) => clicks.userIds[u]!),
    vocabulary: vocabulary.map((item) => clicks.itemIds[item]!),
    train,
    trainPositions,
    validation: heldOutUsers('validation'),
    test: heldOutUsers('test'),
  };
}

function inWords(users: number): string {
  return users === 1 ? '1 user has' : `${users} users have`;
}

/** Item indices with a training click, by their first place in the file. */
function byFirstAppearance(clicks: LabelledClicks, trainRows: Int32Array): number[] {
  const order = new FirstAppearances(clicks);
  const { offsets } = clicks.clicks;
  for (const u of trainRows) for (let k = offsets[u]!; k < offsets[u + 1]!; k++) order.add(k);
  return order.items();
}

/** Collects items by their first place in the file. */
export class FirstAppearances {
  readonly #clicks: LabelledClicks;
  /** [items], the first place of each; -1 for an item that was not added. */
  readonly #first: Int32Array;

  constructor(clicks: LabelledClicks) {
    this.#clicks = clicks;
    this.#first = new Int32Array(clicks.itemIds.length).fill(-1);
  }

  /** Adds the item of the k-th click. */
  add(k: number): void {
    const item = this.#clicks.clicks.items[k]!;
    const position = this.#clicks.positions[k]!;
    if (this.#first[item]! < 0 || position < this.#first[item]!) this.#first[item] = position;
  }

  /** The indices of the items that were added, in order. */
  items(): number[] {
    const first = this.#first;
    const seen = Array.from(first.keys()).filter((item) => first[item]! >= 0);
    return seen.sort((a, b) => first[a]! - first[b]!);
  }
}

/** By database item index: its column, or -1 for an item outside the vocabulary. */
export interface VocabularyColumns {
  readonly columnOf: Int32Array;
  readonly columns: number;
}

/** @param vocabulary - database item indices, in the order of their columns */
export function columnsOf(
  clicks: LabelledClicks,
  vocabulary: readonly number[],
): VocabularyColumns {
  const columnOf = new Int32Array(clicks.itemIds.length).fill(-1);
  vocabulary.forEach((item, column) => {
    columnOf[item] = column;
  });
  return { columnOf, columns: vocabulary.length };
}

function trainingClicks(
  clicks: LabelledClicks,
  rows: Int32Array,
  { columnOf, columns }: VocabularyColumns,
): { train: ClickMatrix; trainPositions: Int32Array } {
  const source = clicks.clicks;
  const selected = source.select(rows);
  const trainPositions = new Int32Array(selected.clicks);
  rows.forEach((u, row) => {
    const range = clicks.positions.subarray(source.offsets[u]!, source.offsets[u + 1]!);
    trainPositions.set(range, selected.offsets[row]!);
  });
  const items = selected.items.map((item) => columnOf[item]!);
  return { train: new ClickMatrix(columns, selected.offsets, items), trainPositions };
}

/**
 * Hides a part of the clicks of each user. Clicks outside the vocabulary are dropped before.
 *
 * @param unordered - rows of users, in any order; the result follows the protocol's order
 * @param seed - the same users, clicks and seed hide the same clicks
 */
export function hideClicks(
  clicks: LabelledClicks,
  unordered: Int32Array,
  { columnOf, columns }: VocabularyColumns,
  seed: number,
): HeldOutUsers {
  // Rows of `clicks` ascend by user id, so ascending row numbers follow the protocol's order.
  const rows = unordered.slice().sort();
  const random = new NumpyLegacyRandom(seed);
  const foldIn: number[][] = [];
  const heldOut: number[][] = [];
  for (const u of rows) {
    const known: number[] = [];
    for (const item of clicks.clicks.row(u)) {
      const column = columnOf[item]!;
      if (column >= 0) known.push(column);
    }
    const hidden = new Uint8Array(known.length);
    if (known.length >= minClicksToHide) {
      const size = Math.trunc(hiddenPart * known.length);
      for (const place of random.choice(known.length, size)) hidden[place] = 1;
    }
    foldIn.push(known.filter((_, place) => hidden[place] === 0));
    heldOut.push(known.filter((_, place) => hidden[place] === 1));
  }
  return {
    users: Array.from(rows, (u) => clicks.userIds[u]!),
    foldIn: ClickMatrix.fromRows(columns, foldIn),
    heldOut: ClickMatrix.fromRows(columns, heldOut),
  };
}
