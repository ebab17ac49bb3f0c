import { createHash } from 'node:crypto';
import { isClick } from './click.js';
import { ClickMatrix } from './click-matrix.js';
import type { FeedbackEvent } from './feedback.js';
import type { ItemId, UserId } from './ids.js';
import type { Split } from './split/users.js';

/** What of the feedback entered a training. */
export interface UsedFeedback {
  /** SHA-256 of the used events, in hex. */
  readonly hash: string;
  /** Last words of a user on an item. */
  readonly events: number;
  /** Users whom the imported data leave out, and who were trained on. */
  readonly newUsers: number;
  /** Items without a training click in the imported data. */
  readonly newItems: number;
}

/** The last word of a user on an item. */
export type FeedbackWord = Pick<FeedbackEvent, 'userId' | 'itemId' | 'rating'>;

/**
 * A split whose training users have their feedback too; held-out users, and what was hidden of them, are the same.
 *
 * A rating at or below the threshold takes a click away. Items that only feedback has come after the others in the
 * vocabulary. Users who are not in the split, as the imported data have too few clicks of them, come after the
 * training users, if they have enough clicks in feedback.
 *
 * @param words - one a user and item, in the order in which they came
 */
export function withFeedback(
  split: Split,
  words: readonly FeedbackWord[],
): { split: Split; used: UsedFeedback } {
  const { ratingThreshold, minClicks } = split.protocol;
  const isClicked = ({ rating }: FeedbackWord) => isClick(rating, ratingThreshold);
  const trained = split.userOrder.slice(0, split.train.rows);
  const heldOut = new Set(split.userOrder.slice(split.train.rows));
  const byUser = new Map<UserId, FeedbackWord[]>();
  for (const word of words) {
    if (heldOut.has(word.userId)) continue;
    const own = byUser.get(word.userId);
    if (own === undefined) byUser.set(word.userId, [word]);
    else own.push(word);
  }
  const known = new Set(trained);
  const newUsers = [...byUser.keys()].filter(
    (user) =>
      !known.has(user) && byUser.get(user)!.filter(isClicked).length >= Math.max(1, minClicks),
  );
  const vocabulary: ItemId[] = [...split.vocabulary];
  const columns = new Map(vocabulary.map((item, column) => [item, column]));
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
  /** By item, its place. */
  const merged = (user: UserId, own: Iterable<readonly [number, number]>): Map<number, number> => {
    const row = new Map(own);
    for (const word of byUser.get(user) ?? []) {
      hash.update(`${JSON.stringify([word.userId, word.itemId, word.rating])}\n`);
      events++;
      const column = isClicked(word) ? columnOf(word.itemId) : columns.get(word.itemId);
      if (column === undefined) continue;
      if (!isClicked(word)) row.delete(column);
      else if (!row.has(column)) row.set(column, ++position);
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
