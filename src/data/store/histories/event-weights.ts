/** How feedback counts in answers and training: what a rating says, and what each event type weighs. */
import { parseSettings, settingsDocument } from '../../../config/home-settings.js';
import { documentKey } from '../documents.js';

/** How the feedback of a home counts. */
export interface FeedbackRule {
  /** Whether a rating says something: false where each row of the data is a click. */
  readonly hasRatings: boolean;
  /** What an event of a type weighs; a type that is absent, or weighs 0, counts for nothing. */
  readonly weights: ReadonlyMap<string, number>;
  /** What the typed events of a user on an item weigh together for a click: `minWeight` of the data, else 1. */
  readonly enough: number;
}

/** What a store keeps of the rule. */
export interface StoredFeedbackRule {
  readonly hasRatings: boolean;
  /** Of the data set. */
  readonly minWeight: number | null;
  /** The document of the settings; null for none. */
  readonly settings: string | null;
}

/** The key of the settings in the table of documents. */
export const settingsKey = documentKey(settingsDocument.kind, settingsDocument.id);

/** The rule of a store. @throws HomeError for settings that somebody damaged */
export function feedbackRule({
  hasRatings,
  minWeight,
  settings,
}: StoredFeedbackRule): FeedbackRule {
  const { events = {} } = settings === null ? {} : parseSettings(JSON.parse(settings));
  return { hasRatings, weights: new Map(Object.entries(events)), enough: minWeight ?? 1 };
}

/** What an event weighs; null for one without a type, which counts whatever the weights. */
export function weightOf(type: string | null | undefined, rule: FeedbackRule): number | null {
  return type == null ? null : (rule.weights.get(type) ?? 0);
}

/** Whether an event counts at all. */
export function counts(event: { readonly type?: string | null }, rule: FeedbackRule): boolean {
  return weightOf(event.type, rule) !== 0;
}
