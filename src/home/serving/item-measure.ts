/** Gives every model a measure of items: one that has none compares them by who clicked them in the home's data. */

import { ClickMatrix } from '../../data/click-matrix.js';
import { usersNotTrainedOn } from '../../data/split/untrained-users.js';
import type { HomePlace } from '../../data/store/place.js';
import { UnsupportedError } from '../../errors.js';
import { ClickCosines } from '../../model/items/click-cosines.js';
import {
  hasItemVectors,
  type ItemRelations,
  type ItemVectors,
  type Recommender,
} from '../../model/recommender.js';
import type { StoredRun } from '../../runs/format.js';
import { otherDataRemark } from '../../serving/swap/other-data.js';
import { withStore } from '../place/opened.js';

/** The address of this module, from which the computing thread imports `extended`. */
export const itemMeasureModule = import.meta.url;

/**
 * The model itself where it compares items, else the model with a measure of the clicks that it was trained on. They
 * are read from the home when they are first asked for.
 *
 * @throws UnsupportedError from the added methods, when the home holds other data than the run was trained on
 */
export function extended(
  recommender: Recommender,
  run: Omit<StoredRun, 'weights'>,
  place: HomePlace,
): Recommender {
  if (hasItemVectors(recommender)) return recommender;
  let cosines: Promise<ClickCosines> | null = null;
  const measure = () => {
    if (cosines !== null) return cosines;
    cosines = trainingClicks(place, run).then((clicks) => new ClickCosines(clicks));
    // What cannot be read now may be read later.
    cosines.catch(() => {
      cosines = null;
    });
    return cosines;
  };
  const added: ItemRelations & ItemVectors = {
    itemRelations: async (item) => (await measure()).itemRelations(item),
    itemVectors: async () => (await measure()).itemVectors(),
  };
  return Object.assign(recommender, added);
}

/**
 * The clicks of a run's training users on the run's items, [U, I], as the home holds them now. Feedback is not among
 * them.
 */
function trainingClicks(place: HomePlace, run: Omit<StoredRun, 'weights'>): Promise<ClickMatrix> {
  const { protocol, vocabulary } = run;
  return withStore(place, async (store) => {
    const remark = await otherDataRemark(run, store);
    if (remark !== null) {
      throw new UnsupportedError(
        `${run.config.model} compares items by who clicked them, and ${remark}`,
      );
    }
    const { ratingThreshold, minClicks } = protocol;
    const { userIds, itemIds, clicks } = await store.labelledClicks(ratingThreshold, minClicks);
    const heldOut = usersNotTrainedOn(run);
    const hidden = hiddenItems(run);
    const columns = new Map(vocabulary.items.map((item, column) => [item, column]));
    const columnOf = Int32Array.from(itemIds, (item) => columns.get(item) ?? -1);
    const rows = userIds.flatMap((user, u) =>
      heldOut.has(user)
        ? []
        : [
            clicks
              .row(u)
              .map((item) => columnOf[item]!)
              .filter((column) => column >= 0 && !hidden.get(user)?.has(column)),
          ],
    );
    return ClickMatrix.fromRows(vocabulary.items.length, rows);
  });
}

/** The columns that a run that holds out clicks hides of its training users. */
function hiddenItems({
  protocol,
  split,
}: Pick<StoredRun, 'protocol' | 'split'>): Map<string, Set<number>> {
  const hidden = new Map<string, Set<number>>();
  if (protocol.heldOutClicks === undefined) return hidden;
  for (const { users, heldOut } of [split.validation, split.test]) {
    users.forEach((user, u) => {
      const own = hidden.get(user) ?? new Set();
      for (const column of heldOut.row(u)) own.add(column);
      hidden.set(user, own);
    });
  }
  return hidden;
}
