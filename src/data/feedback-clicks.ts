/** Adds feedback to the training clicks of a split. */
import { createHash } from 'node:crypto';
import { isClick } from './click.js';
import { ClickMatrix } from './click-matrix.js';
import type { FeedbackEvent } from './feedback.js';
import type { ItemId, UserId } from './ids.js';
import { LargeMap } from './large-map.js';
import type { Split } from './split/users.js';

/** The feedback that a training used. */
export interface UsedFeedback {
  /** SHA-256 of the used events, in hex. */
  readonly hash: string;
  /** Pairs of a user and an item; of each, the last event counts. */
  readonly events: number;
  /** Training users whom the split of the imported data leaves out. */
  readonly newUsers: number;
  /** Items without a training click in the imported data. */
  readonly newItems: number;
}

/** What the feedback of a user on an item says; light where its typed events weigh too little for a click. */
export type FeedbackWord = Pick<FeedbackEvent, 'userId' | 'itemId' | 'rating'> & {
  readonly isLight?: true;
};

/**
 * Adds feedback to the training users of a split. The held-out users and their hidden clicks stay the same.
 *
 * A rating that is no click removes the user's click on that item; light feedback changes nothing. New items are appended to the vocabulary. Users who
 * are not in the split, because the imported data have too few clicks of them, are appended to the training users if
 * feedback has enough clicks of them.
 *
 * @param words - one a user and item, in the order of arrival
 * @param options - `hasRatings`: false where each row of the imported data is a click. A rating then says nothing, and
 *   removes no click. Default: true
 */
export function withFeedback(
  split: Split,
  words: readonly FeedbackWord[],
  { hasRatings = true }: { readonly hasRatings?: boolean } = {},
): { split: Split; used: UsedFeedback } {
  const { ratingThreshold, minClicks } = split.protocol;
  const isClicked = ({ rating }: FeedbackWord) => isClick(rating, ratingThreshold);
  const trained = split.userOrder.slice(0, split.train.rows);
  const heldOut = split.userOrder.slice(split.train.rows);
  const isHeldOut = new LargeMap(heldOut.map((user) => [user, true]));
  const byUser = new LargeMap<UserId, FeedbackWord[]>();
  for (const word of words) {
    if (word.isLight || isHeldOut.has(word.userId)) continue;
    const own = byUser.get(word.userId);
    if (own === undefined) byUser.set(word.userId, [word]);
    else own.push(word);
  }
  const known = new LargeMap(trained.map((user) => [user, true]));
  const newUsers: UserId[] = [];
  for (const own of byUser.values()) {
    const { userId } = own[0]!;
    const clicks = own.filter(isClicked).length;
    if (!known.has(userId) && clicks >= Math.max(1, minClicks)) newUsers.push(userId);
  }
  const vocabulary: ItemId[] = [...split.vocabulary];
  const columns = new LargeMap(vocabulary.map((item, column) => [item, column]));
  const columnOf = (item: ItemId) => {
    let column = columns.get(item);
    if (column === undefined) {
      column = vocabulary.push(item) - 1;
      columns.set(item, column);
    }
    return column;
  };
  const hash = createHash('sha256');
  let events = 0;
  let position = split.trainPositions.reduce((last, place) => Math.max(last, place), -1);
  /** A user's training clicks with feedback, as a map from column to place in the file. */
  const merged = (user: UserId, own: Iterable<readonly [number, number]>): Map<number, number> => {
    const row = new Map(own);
    for (const word of byUser.get(user) ?? []) {
      hash.update(`${JSON.stringify([word.userId, word.itemId, word.rating])}\n`);
      events++;
      const column = isClicked(word) ? columnOf(word.itemId) : columns.get(word.itemId);
      if (column === undefined) continue;
      if (!isClicked(word)) {
        if (hasRatings) row.delete(column);
      } else if (!row.has(column)) row.set(column, ++position);
    }
    return row;
  };
  const { train, trainPositions } = split;
  const rows = [
    ...trained.map((user, u) => {
      const places = trainPositions.subarray(train.offsets[u]!, train.offsets[u + 1]!);
      return merged(
        user,
        Array.from(train.row(u), (item, k) => [item, places[k]!] as const),
      );
    }),
    ...newUsers.map((user) => merged(user, [])),
  ];
  return {
    split: {
      ...split,
      ...widened(split, vocabulary, rows),
      userOrder: [...trained, ...newUsers, ...heldOut],
    },
    used: {
      hash: hash.digest('hex'),
      events,
      newUsers: newUsers.length,
      newItems: vocabulary.length - split.vocabulary.length,
    },
  };
}

/** The same clicks over a larger vocabulary. */
function widened(split: Split, vocabulary: ItemId[], rows: readonly Map<number, number>[]) {
  const I = vocabulary.length;
  const wide = ({ offsets, items }: ClickMatrix) => new ClickMatrix(I, offsets, items);
  const train = ClickMatrix.fromRows(
    I,
    rows.map((row) => [...row.keys()]),
  );
  const trainPositions = Int32Array.from(rows.flatMap((row) => [...row.values()]));
  const set = (users: Split['test']) => ({
    users: users.users,
    foldIn: wide(users.foldIn),
    heldOut: wide(users.heldOut),
  });
  return {
    vocabulary,
    train,
    trainPositions,
    validation: set(split.validation),
    test: set(split.test),
  };
}
