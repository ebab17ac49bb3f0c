/** A list of recommendations: by item index, and as HTTP, the library and the command line give it. */

import type { ItemFields } from '../../data/items/fields.js';
import type { CatalogueEntry } from '../../data/store/catalogue.js';
import type { ClickContribution } from '../../model/explain.js';
import type { FieldsChoice } from '../filter/field-choice.js';
import type { KnownItems } from '../known-items.js';
import { mixed } from '../new-items/marked-places.js';
import type { AppliedRule } from '../rules/ruled-answer.js';

/** A ranking by item index, best first. */
export interface RankedItems {
  readonly source: 'model' | 'popularity';
  readonly offset: number;
  readonly items: readonly number[];
  readonly scores: readonly number[];
  /** For each item, the clicks that raised it most; null without `explain`. */
  readonly reasons: readonly (readonly ClickContribution[])[] | null;
  /** The rules at work; absent where none is in force. */
  readonly ruled?: RulesAtWork;
  /** New products by their place in the page, from 0 on; absent where none was asked for. */
  readonly fresh?: readonly FreshItem[];
}

/** A new product at its place. */
export interface FreshItem {
  readonly place: number;
  readonly entry: CatalogueEntry;
  /** The chosen fields; absent where none is chosen. */
  readonly fields?: ItemFields;
}

/** Which rules changed a list, and which of them each item owes its place to. */
export interface RulesAtWork {
  readonly applied: readonly AppliedRule[];
  /** For each item, the ids of rules. */
  readonly marks: readonly (readonly string[])[];
}

/** A click of the profile that raised an item. */
export interface Reason extends CatalogueEntry {
  /** The item's score minus its score without this click; above 0. */
  readonly contribution: number;
}

/** One recommended item. */
export interface RecommendedItem extends CatalogueEntry {
  /** From 1 on, counted from the first page. */
  readonly rank: number;
  /**
   * The model's score, comparable only within one answer; training clicks when popularity answers. A new product has
   * none: NaN, which is null in JSON.
   */
  readonly score: number;
  /** Whether it is a new product at a marked place; absent where it is not. */
  readonly isNew?: true;
  /** With `explain`: the clicks that raised the item most, highest contribution first, at most three. */
  readonly because?: readonly Reason[];
  /** The ids of the rules that pinned, boosted or buried the item; absent where none did. */
  readonly rules?: readonly string[];
  /** With `fields`: those of the chosen fields that the item has. */
  readonly fields?: ItemFields;
}

/** Recommendations for an anonymous profile. */
export interface ProfileRecommendations {
  /** Whether the model ranked by the profile's clicks, or popularity ranked for everyone. */
  readonly source: 'model' | 'popularity';
  /** The id of the run. */
  readonly modelVersion: string;
  /** A UUID of this answer, which says when, with which run and by which source it was made; the log names it too. */
  readonly recommendationId: string;
  readonly offset: number;
  readonly items: readonly RecommendedItem[];
  /** The rules that changed this answer, oldest first; absent where none is in force. */
  readonly rules?: readonly AppliedRule[];
  /** Ids of the profile, and of `only`, that the model does not know. */
  readonly unknownItems: readonly string[];
}

/** Recommendations for a stored user, as HTTP and the command line give them. */
export interface RecommendationList extends Omit<ProfileRecommendations, 'unknownItems'> {
  readonly userId: string;
  /** With `items` or `only`: whether anything is stored about the user. If not, the basket decides alone. */
  readonly userKnown?: boolean;
  /** With `items` or `only`: ids of the two that the model does not know. */
  readonly unknownItems?: readonly string[];
}

/** A recommended item before it is numbered. */
interface Unranked
  extends Pick<RecommendedItem, 'score' | 'isNew' | 'because' | 'rules' | 'fields'> {
  readonly entry: CatalogueEntry;
}

/** A ranking with titles, with the chosen fields, and with reasons where it has some. */
export function recommendedItems(
  known: Pick<KnownItems, 'entries' | 'fieldsOf'>,
  { offset, items, scores, reasons, ruled, fresh = [] }: RankedItems,
  choice: FieldsChoice,
): RecommendedItem[] {
  const fields = known.fieldsOf(items, choice);
  const reasonOf = ({ click, contribution }: ClickContribution): Reason => ({
    ...known.entries([click])[0]!,
    contribution,
  });
  const ranked: Unranked[] = known.entries(items).map((entry, place) => ({
    entry,
    score: scores[place]!,
    ...(reasons !== null && { because: reasons[place]!.map(reasonOf) }),
    ...(ruled?.marks[place]?.length && { rules: ruled.marks[place] }),
    ...(fields !== null && { fields: fields[place]! }),
  }));
  const arrived = fresh.map((item): { place: number; value: Unranked } => ({
    place: item.place,
    value: {
      entry: item.entry,
      score: Number.NaN,
      isNew: true,
      ...(reasons !== null && { because: [] }),
      ...(item.fields !== undefined && { fields: item.fields }),
    },
  }));
  return mixed(ranked, arrived).map(({ entry: { itemId, ...entry }, score, ...rest }, place) => ({
    itemId,
    rank: offset + place + 1,
    score,
    ...entry,
    ...rest,
  }));
}
