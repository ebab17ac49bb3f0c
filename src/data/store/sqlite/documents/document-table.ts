/** The table of documents. */
import type { Database } from 'better-sqlite3';
import {
  documentId,
  documentKey,
  documentKeys,
  documentText,
  type ListedDocument,
} from '../../documents.js';

/** The documents since version 9 of the schema. */
export const documentTables = `
CREATE TABLE documents (
  document TEXT PRIMARY KEY,      -- kind/id
  value TEXT NOT NULL,            -- JSON
  at INTEGER NOT NULL             -- seconds since 1970
) STRICT;
`;

interface Row {
  readonly document: string;
  readonly value: string;
  readonly at: number;
}

/** The documents of a home. Writes belong into a transaction of the caller's. */
export class DocumentTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  read(kind: string, id: string): unknown {
    const text = this.#db
      .prepare('SELECT value FROM documents WHERE document = ?')
      .pluck()
      .get(documentKey(kind, id)) as string | undefined;
    return text === undefined ? null : JSON.parse(text);
  }

  list(kind: string): ListedDocument[] {
    const rows = this.#db
      .prepare('SELECT * FROM documents WHERE document >= ? AND document < ? ORDER BY document')
      .all(...documentKeys(kind)) as Row[];
    return rows.map(({ document, value, at }) => ({
      id: documentId(document),
      value: JSON.parse(value),
      at,
    }));
  }

  write(kind: string, id: string, value: unknown): void {
    this.#db
      .prepare(
        `INSERT INTO documents VALUES (?, ?, unixepoch())
         ON CONFLICT (document) DO UPDATE SET value = excluded.value, at = excluded.at`,
      )
      .run(documentKey(kind, id), documentText(value));
  }

  /** Writes or deletes a document whose text is the given one; null for none. Gives whether it was. */
  swap(key: string, before: string | null, after: string | null): boolean {
    const run = (sql: string, ...values: readonly (string | null)[]) =>
      this.#db.prepare(sql).run(...values).changes > 0;
    if (before === null) {
      const insert = 'INSERT INTO documents VALUES (?, ?, unixepoch()) ON CONFLICT DO NOTHING';
      return run(insert, key, after);
    }
    if (after === null) {
      return run('DELETE FROM documents WHERE document = ? AND value = ?', key, before);
    }
    const update = 'UPDATE documents SET value = ?, at = unixepoch()';
    return run(`${update} WHERE document = ? AND value = ?`, after, key, before);
  }

  /** Whether there was such a document. */
  remove(kind: string, id: string): boolean {
    return (
      this.#db.prepare('DELETE FROM documents WHERE document = ?').run(documentKey(kind, id))
        .changes > 0
    );
  }
}
