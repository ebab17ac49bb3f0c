/** Reads and writes the documents of a home. */
import { settingsDocument } from '../../../../config/home-settings.js';
import {
  type Documents,
  documentId,
  documentKey,
  documentKeys,
  documentText,
  type ListedDocument,
} from '../../documents.js';
import type { Connection } from '../connection.js';
import { recountFeedback } from '../feedback/feedback-counts.js';
import type { Session } from '../session.js';

interface Row {
  readonly document: string;
  readonly value: string;
  readonly at: number;
}

/** The documents of a store. A write raises the version of the data, so answers that follow a document follow it. */
export class PostgresDocuments implements Documents {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async read(kind: string, id: string): Promise<unknown | null> {
    const [row] = await this.#connection.read<Pick<Row, 'value'>>(
      'SELECT value FROM store.documents WHERE document = $1',
      [documentKey(kind, id)],
    );
    return row === undefined ? null : JSON.parse(row.value);
  }

  async list(kind: string): Promise<ListedDocument[]> {
    const rows = await this.#connection.read<Row>(
      `SELECT document, value, at FROM store.documents
       WHERE document >= $1 AND document < $2 ORDER BY document`,
      documentKeys(kind),
    );
    return rows.map(({ document, value, at }) => ({
      id: documentId(document),
      value: JSON.parse(value),
      at,
    }));
  }

  async write(kind: string, id: string, value: unknown): Promise<void> {
    const values = [documentKey(kind, id), documentText(value)];
    await this.#change(kind, (session) =>
      session.run(
        `INSERT INTO store.documents
         VALUES ($1, $2, extract(epoch FROM date_trunc('second', clock_timestamp())))
         ON CONFLICT (document) DO UPDATE SET value = excluded.value, at = excluded.at`,
        values,
      ),
    );
  }

  async swap(
    kind: string,
    id: string,
    before: unknown | null,
    after: unknown | null,
  ): Promise<boolean> {
    const key = documentKey(kind, id);
    const now = "extract(epoch FROM date_trunc('second', clock_timestamp()))";
    const swapped = await this.#change(kind, (session) => {
      if (before === null) {
        const values = [key, documentText(after)];
        return session.run(
          `INSERT INTO store.documents VALUES ($1, $2, ${now}) ON CONFLICT (document) DO NOTHING`,
          values,
        );
      }
      const known = [key, documentText(before)];
      return after === null
        ? session.run('DELETE FROM store.documents WHERE document = $1 AND value = $2', known)
        : session.run(
            `UPDATE store.documents SET value = $3, at = ${now} WHERE document = $1 AND value = $2`,
            [...known, documentText(after)],
          );
    });
    return swapped > 0;
  }

  async remove(kind: string, id: string): Promise<boolean> {
    const key = documentKey(kind, id);
    const removed = await this.#change(kind, (session) =>
      session.run('DELETE FROM store.documents WHERE document = $1', [key]),
    );
    return removed > 0;
  }

  #change(kind: string, change: (session: Session) => Promise<number>): Promise<number> {
    // The settings say which events count.
    const recounts = kind === settingsDocument.kind;
    return this.#connection.transaction(
      async (session) => {
        const changed = await change(session);
        if (recounts) await recountFeedback(session);
        return changed;
      },
      { write: true, long: recounts },
    );
  }
}
