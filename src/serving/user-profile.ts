/** A stored user's history and latent code, as the explorer shows them. */

import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemFields } from '../data/items/fields.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import type { Store } from '../data/store/store.js';
import type { HistoryEntry } from '../data/store/users.js';
import { quote, UnknownUserError } from '../errors.js';
import { isLatent, type Recommender } from '../model/recommender.js';
import { chosenFields, type FieldsChoice, type FieldsSource } from './filter/field-choice.js';
import type { Recommendations } from './recommendations.js';
import type { ServedModel } from './served-models.js';

/** One entry of a user's history, and whether the model can use it. */
export interface ShownHistoryEntry extends HistoryEntry {
  readonly inModel: boolean;
  /** With `fields`: those of the chosen fields that the item has. */
  readonly fields?: ItemFields;
}

/** The distribution q(z|x) that a model gives a user's clicks. */
export interface ShownLatentCode {
  readonly dimensions: number;
  readonly mean: readonly number[];
  /** Standard deviations. */
  readonly spread: readonly number[];
}

/** A stored user, seen with or without a model. */
export interface UserProfile {
  readonly userId: string;
  /** The id of the run; null without a model. */
  readonly modelVersion: string | null;
  /** Null without a latent space, or without a click that the model knows. */
  readonly latent: ShownLatentCode | null;
  /** The lowest and highest rating that the data allow; null where each row is a click. */
  readonly scale: DatasetSummary['scale'];
  /** Newest first. */
  readonly history: readonly ShownHistoryEntry[];
}

/** The part of the store that profiles are read from. */
export type ProfileSource = Pick<Store, 'userHistory' | 'dataset'> & FieldsSource;

/** The model that a profile is seen with, and its recommendations. */
export interface ProfileModel {
  readonly model: ServedModel;
  readonly recommendations: Recommendations;
}

/**
 * A user's history and latent code.
 *
 * @param seenWith - null while no run is active
 * @throws UnknownUserError when the user is not stored, ArgumentError for a field that no item has
 */
export async function userProfile(
  store: ProfileSource,
  userId: string,
  seenWith: ProfileModel | null,
  choice: FieldsChoice = {},
): Promise<UserProfile> {
  const entries = await store.userHistory(userId);
  if (entries === null) throw new UnknownUserError(`no user ${quote(userId)} is stored`);
  const fields = await chosenFields(
    store,
    entries.map(({ itemId }) => itemId),
    choice,
  );
  const history =
    fields === null ? entries : entries.map((entry, k) => ({ ...entry, fields: fields[k]! }));
  const scale = (await store.dataset())?.scale ?? null;
  if (seenWith === null) {
    const shown = history.map((entry) => ({ ...entry, inModel: false }));
    return { userId, modelVersion: null, latent: null, scale, history: shown };
  }
  const { model, recommendations } = seenWith;
  const shown = history.map((entry) => ({
    ...entry,
    inModel: recommendations.vocabulary.indexOf(entry.itemId) !== undefined,
  }));
  const latent = await latentOf(model.recommender, recommendations.clicks(history));
  return { userId, modelVersion: model.run.id, latent, scale, history: shown };
}

async function latentOf(
  recommender: Recommender,
  clicks: readonly number[],
): Promise<ShownLatentCode | null> {
  if (!isLatent(recommender) || clicks.length === 0) return null;
  const row = ClickMatrix.fromRows(recommender.itemCount, [clicks]);
  const { dimensions, mean, spread } = await recommender.encode(row);
  return { dimensions, mean: Array.from(mean), spread: Array.from(spread) };
}
