/** What a store in PostgreSQL holds already, and how it is emptied. */
import type { Session } from '../session.js';

/** What a store holds, to complete a sentence; null for nothing. */
export async function whatIsHeld(session: Session): Promise<string | null> {
  const [held] = await session.query<Held>(
    `SELECT (SELECT name FROM store.dataset) AS dataset,
       (SELECT count(*) FROM store.items) AS items,
       (SELECT count(*) FROM store.feedback) AS feedback,
       (SELECT count(*) FROM store.rules) AS rules,
       (SELECT count(*) FROM store.runs WHERE removed_at IS NULL) AS runs,
       (SELECT count(*) FROM store.run_documents) AS measurements,
       (SELECT count(*) FROM store.documents) AS documents`,
  );
  const { dataset, items, feedback, rules, runs, measurements, documents } = held!;
  if (dataset !== null) return `the data set ${dataset}`;
  const parts = [
    [items, 'item'],
    [feedback, 'feedback event'],
    [rules, 'rule'],
    [runs, 'run'],
    [measurements, 'measurement'],
    [documents, 'document'],
  ] as const;
  const [found] = parts.filter(([count]) => count > 0);
  return found === undefined ? null : `${found[0]} ${found[1]}${found[0] === 1 ? '' : 's'}`;
}

interface Held {
  readonly dataset: string | null;
  readonly items: number;
  readonly feedback: number;
  readonly rules: number;
  readonly runs: number;
  readonly measurements: number;
  readonly documents: number;
}

/**
 * Deletes everything. Readers see the old contents until the transaction ends; then it is another store to them, of
 * which they know nothing yet. The ids of runs stay known, so that their copies on other machines are removed.
 */
export async function empty(session: Session): Promise<void> {
  await session.run(`
    DELETE FROM store.feedback;
    DELETE FROM store.histories;
    DELETE FROM store.users;
    DELETE FROM store.items;
    DELETE FROM store.ancestors;
    DELETE FROM store.dataset;
    DELETE FROM store.rules;
    DELETE FROM store.documents;
    DELETE FROM store.lists;
    DELETE FROM store.searches;
    DELETE FROM store.run_documents;
    DELETE FROM store.run_files;
    UPDATE store.runs SET removed_at = now() WHERE removed_at IS NULL;
    UPDATE store.about SET born = md5(random()::text || clock_timestamp()::text || txid_current()::text);
  `);
}
