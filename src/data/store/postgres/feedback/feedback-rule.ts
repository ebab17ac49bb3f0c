/** Reads how feedback counts. */
import {
  type FeedbackRule,
  feedbackRule,
  type StoredFeedbackRule,
  settingsKey,
} from '../../histories/event-weights.js';
import type { Session } from '../session.js';

/** The text of the settings, as a column of a query. */
export const settingsColumn = `(SELECT value FROM store.documents WHERE document = '${settingsKey}')`;

/** How feedback counts now. */
export async function readFeedbackRule(session: Session): Promise<FeedbackRule> {
  const [row] = await session.query<StoredFeedbackRule>(
    `SELECT coalesce(dataset.scale_low IS NOT NULL OR dataset.name IS NULL, true) AS "hasRatings",
       min_weight AS "minWeight", ${settingsColumn} AS settings
     FROM (VALUES (0)) AS one LEFT JOIN store.dataset ON true`,
  );
  return feedbackRule(row!);
}
