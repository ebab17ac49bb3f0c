/** Writes and deletes the rows of feedback, in transactions that have raised the version, so that no other one writes. */
import { MultvaeError } from '../../../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../../../feedback.js';
import { repeatedStatus } from '../../feedback.js';
import { counts } from '../../histories/event-weights.js';
import type { Session } from '../session.js';
import { countDeleted, countStored, newPairs } from './feedback-counts.js';
import { readFeedbackRule } from './feedback-rule.js';

/** The events of one request: all are stored, or none. */
export type EventList = readonly FeedbackEvent[];

/** What became of the events of a request: their statuses, or why none of them was stored. */
export type EventOutcome = readonly FeedbackStatus[] | MultvaeError;

/**
 * Stores the new events of several requests, one request after another.
 *
 * @returns for each request its outcome, which holds once the transaction is committed
 */
export async function storeEvents(
  session: Session,
  requests: readonly EventList[],
): Promise<EventOutcome[]> {
  const keys = requests.flat().map(({ key }) => storedKey(key));
  const rows = await session.query<StoredEvent>(
    `SELECT key, user_id AS "userId", item_id AS "itemId", rating, timestamp, type,
       recommendation AS "recommendationId", place FROM store.feedback WHERE key = ANY($1::text[])`,
    [keys],
  );
  const known = new Map<string, Omit<FeedbackEvent, 'key'>>(rows.map((row) => [row.key, row]));
  const added: FeedbackEvent[] = [];
  const outcomes = requests.map((events) => {
    const outcome = outcomeOf(events, known);
    if (outcome instanceof MultvaeError) return outcome;
    for (const [k, event] of events.entries()) {
      if (outcome[k] !== 'stored') continue;
      known.set(storedKey(event.key), event);
      added.push(event);
    }
    return outcome;
  });
  if (added.length > 0) await insert(session, added);
  return outcomes;
}

/** Deletes the event with a key. Gives whether there was one. */
export async function deleteEvent(session: Session, key: string): Promise<boolean> {
  const events = await session.query<DeletedEvent>(
    `DELETE FROM store.feedback WHERE key = $1 RETURNING ${deletedColumns}`,
    [storedKey(key)],
  );
  await countDeleted(session, await countedOf(session, events));
  return events.length > 0;
}

/** Deletes the events of a user. Gives their number. */
export async function deleteEventsOf(session: Session, userId: string): Promise<number> {
  const events = await session.query<DeletedEvent>(
    `DELETE FROM store.feedback WHERE user_id = $1 RETURNING ${deletedColumns}`,
    [userId],
  );
  await countDeleted(session, await countedOf(session, events));
  return events.length;
}

/** A key as it is stored: PostgreSQL has no place for the character 0 in a text. `keyOf` turns it back. */
export function storedKey(key: string): string {
  return key.replaceAll('\\', '\\\\').replaceAll('\0', '\\0');
}

/** The key that is stored as a text. */
export function keyOf(stored: string): string {
  return stored.replaceAll(/\\([\\0])/g, (_, sign) => (sign === '0' ? '\0' : '\\'));
}

interface StoredEvent extends FeedbackEvent {}

interface DeletedEvent {
  readonly userId: string;
  readonly itemId: string;
  readonly type: string | null;
}

const deletedColumns = 'user_id AS "userId", item_id AS "itemId", type';

/** The statuses of a request's events; the error where a key is taken, by a stored event or by one of the same request. */
function outcomeOf(
  events: EventList,
  known: ReadonlyMap<string, Omit<FeedbackEvent, 'key'>>,
): EventOutcome {
  const own = new Map<string, FeedbackEvent>();
  try {
    return events.map((event) => {
      const key = storedKey(event.key);
      const before = known.get(key) ?? own.get(key);
      if (before !== undefined) return repeatedStatus(before, event);
      own.set(key, event);
      return 'stored';
    });
  } catch (error) {
    if (error instanceof MultvaeError) return error;
    throw error;
  }
}

async function insert(session: Session, events: EventList): Promise<void> {
  // Before the events are there: pairs that have some already are counted.
  const pairs = await newPairs(session, await countedOf(session, events));
  await session.run(
    `INSERT INTO store.feedback
       (key, user_id, item_id, rating, timestamp, received_at, type, recommendation, place)
     SELECT key, user_id, item_id, rating, sent_at,
       extract(epoch FROM date_trunc('second', clock_timestamp())), type, recommendation, place
     FROM unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::double precision[],
         $6::text[], $7::text[], $8::integer[])
       WITH ORDINALITY AS sent (key, user_id, item_id, rating, sent_at, type, recommendation, place, n)
     ORDER BY n`,
    [
      events.map(({ key }) => storedKey(key)),
      events.map(({ userId }) => userId),
      events.map(({ itemId }) => itemId),
      events.map(({ rating }) => rating),
      events.map(({ timestamp }) => timestamp),
      events.map(({ type = null }) => type),
      events.map(({ recommendationId = null }) => recommendationId),
      events.map(({ place = null }) => place),
    ],
  );
  await countStored(session, pairs);
}

/** Those of some events that count; a type asks for the settings. */
async function countedOf<E extends { readonly type?: string | null }>(
  session: Session,
  events: readonly E[],
): Promise<readonly E[]> {
  if (events.every(({ type = null }) => type === null)) return events;
  const rule = await readFeedbackRule(session);
  return events.filter((event) => counts(event, rule));
}
