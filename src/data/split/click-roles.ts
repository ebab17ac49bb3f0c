/** Splits the clicks of each user: the users of a held-out set are trained on too (weak generalization). */
import type { Protocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import {
  columnsOf,
  FirstAppearances,
  type HeldOutUsers,
  type LabelledClicks,
  type Split,
  type VocabularyColumns,
} from './users.js';

/** What a click is for; `none` takes no part. */
export const role = { none: 0, train: 1, validation: 2, test: 3 } as const;

/** What each click is for. */
export interface ClickRoles {
  /** [clicks], in the order of `clicks.items`; values of `role`. */
  readonly roleOf: Uint8Array;
  /** Users with fewer training clicks are not trained on; they are measured all the same. */
  readonly minTrainClicks: number;
  /** What a model sees of a test user: the training clicks alone, or the validation clicks too. */
  readonly testFoldIn: 'training clicks' | 'all before the test';
}

/**
 * Makes the split of clicks whose roles are known.
 *
 * The vocabulary is the items with a training click of a training user. A held-out set has the users with a hidden click
 * and something to fold in; `newUsers` are those with a hidden click and nothing to fold in. Hidden clicks outside the
 * vocabulary are `unknown`; others outside it are dropped.
 *
 * @param protocol - `heldoutUsers` is counted anew
 * @throws SplitError when nobody is trained on, or a set has no user
 */
export function splitByRoles(
  clicks: LabelledClicks,
  protocol: Protocol,
  { roleOf, minTrainClicks, testFoldIn }: ClickRoles,
): Split {
  const { clicks: source, positions, userIds, itemIds } = clicks;
  const placesOf = (u: number, roles: readonly number[]) => {
    const places: number[] = [];
    for (let k = source.offsets[u]!; k < source.offsets[u + 1]!; k++) {
      if (roles.includes(roleOf[k]!)) places.push(k);
    }
    return places;
  };
  const trained: { readonly user: UserId; readonly places: readonly number[] }[] = [];
  for (const [u, user] of userIds.entries()) {
    const places = placesOf(u, [role.train]);
    if (places.length >= Math.max(1, minTrainClicks)) trained.push({ user, places });
  }
  if (trained.length === 0) {
    throw new SplitError(
      `none of the ${userIds.length} users has ${minTrainClicks} clicks to train on; hold out less, or take users with fewer clicks (--min-clicks)`,
    );
  }
  const order = new FirstAppearances(clicks);
  for (const { places } of trained) for (const k of places) order.add(k);
  const vocabulary = order.items();
  const columns = columnsOf(clicks, vocabulary);
  const train = ClickMatrix.fromRows(
    columns.columns,
    trained.map(({ places }) => places.map((k) => columns.columnOf[source.items[k]!]!)),
  );
  const trainPositions = new Int32Array(train.clicks);
  trained.forEach(({ places }, row) => {
    places.forEach((k, at) => {
      trainPositions[train.offsets[row]! + at] = positions[k]!;
    });
  });
  const before =
    testFoldIn === 'training clicks' ? [role.train] : ([role.train, role.validation] as const);
  const validation = heldOutSet(clicks, columns, {
    name: 'validation',
    seen: (u) => placesOf(u, [role.train]),
    hidden: (u) => placesOf(u, [role.validation]),
  });
  const test = heldOutSet(clicks, columns, {
    name: 'test',
    seen: (u) => placesOf(u, before),
    hidden: (u) => placesOf(u, [role.test]),
  });
  const users = new Set(trained.map(({ user }) => user));
  for (const set of [validation, test]) {
    for (const user of [...set.users, ...(set.newUsers ?? [])]) users.add(user);
  }
  return {
    protocol: { ...protocol, heldoutUsers: test.users.length },
    userOrder: [...users],
    vocabulary: vocabulary.map((item) => itemIds[item]!),
    train,
    trainPositions,
    validation,
    test,
  };
}

/** The clicks of a set, as places in the click matrix. */
interface SetPlaces {
  readonly name: 'validation' | 'test';
  /** What a model sees of a user. */
  readonly seen: (u: number) => readonly number[];
  readonly hidden: (u: number) => readonly number[];
}

function heldOutSet(
  { clicks, userIds, itemIds }: LabelledClicks,
  { columnOf, columns }: VocabularyColumns,
  { name, seen, hidden }: SetPlaces,
): HeldOutUsers {
  const users: UserId[] = [];
  const newUsers: UserId[] = [];
  const foldIn: number[][] = [];
  const heldOut: number[][] = [];
  const unknown: ItemId[][] = [];
  const columnsAt = (places: readonly number[]) =>
    places.map((k) => columnOf[clicks.items[k]!]!).filter((column) => column >= 0);
  for (const [u, user] of userIds.entries()) {
    const places = hidden(u);
    if (places.length === 0) continue;
    const known = columnsAt(seen(u));
    if (known.length === 0) {
      newUsers.push(user);
      continue;
    }
    users.push(user);
    foldIn.push(known);
    heldOut.push(columnsAt(places));
    const outside = places.filter((k) => columnOf[clicks.items[k]!]! < 0);
    unknown.push(outside.map((k) => itemIds[clicks.items[k]!]!));
  }
  if (users.length === 0) {
    const why =
      newUsers.length === 0
        ? `no user has a ${name} click`
        : `none of the ${newUsers.length} users with a ${name} click has an earlier click on an item that is trained on`;
    throw new SplitError(`${why}, so there is nothing to measure`);
  }
  return {
    users,
    foldIn: ClickMatrix.fromRows(columns, foldIn),
    heldOut: ClickMatrix.fromRows(columns, heldOut),
    ...(unknown.some((items) => items.length > 0) && { unknown }),
    ...(newUsers.length > 0 && { newUsers }),
  };
}
