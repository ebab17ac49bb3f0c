/** Reads and writes the documents of a home. */
import type { Database } from 'better-sqlite3';
import { settingsDocument } from '../../../../config/home-settings.js';
import { type Documents, documentKey, documentText, type ListedDocument } from '../../documents.js';
import { recountFeedback } from '../feedback/feedback-counts.js';
import { WriteQueue } from '../writing/write-queue.js';
import { DocumentTable } from './document-table.js';

/** The documents of a home folder. The first write opens the database for writing. */
export class SqliteDocuments implements Documents {
  readonly #query: <T>(query: (db: Database) => T) => T;
  readonly #queue: WriteQueue;

  /** @param query - runs a query on the connection that reads */
  constructor(home: string, query: <T>(query: (db: Database) => T) => T) {
    this.#query = query;
    this.#queue = new WriteQueue(home);
  }

  async read(kind: string, id: string): Promise<unknown | null> {
    return this.#query((db) => new DocumentTable(db).read(kind, id));
  }

  async list(kind: string): Promise<ListedDocument[]> {
    return this.#query((db) => new DocumentTable(db).list(kind));
  }

  async write(kind: string, id: string, value: unknown): Promise<void> {
    // What is wrong is refused before the database is opened, and the value is that of now.
    documentKey(kind, id);
    const stored: unknown = JSON.parse(documentText(value));
    await this.#queue.add((db) => {
      new DocumentTable(db).write(kind, id, stored);
      recountAfter(db, kind);
    });
  }

  async swap(
    kind: string,
    id: string,
    before: unknown | null,
    after: unknown | null,
  ): Promise<boolean> {
    const key = documentKey(kind, id);
    const known = before === null ? null : documentText(before);
    const next = before === null || after !== null ? documentText(after) : null;
    return this.#queue.add((db) => {
      const isSwapped = new DocumentTable(db).swap(key, known, next);
      recountAfter(db, kind);
      return isSwapped;
    });
  }

  async remove(kind: string, id: string): Promise<boolean> {
    documentKey(kind, id);
    return this.#queue.add((db) => {
      const isRemoved = new DocumentTable(db).remove(kind, id);
      recountAfter(db, kind);
      return isRemoved;
    });
  }

  /** Commits what waits, and closes the database. */
  close(): void {
    this.#queue.close();
  }
}

/** The settings say which events count. */
function recountAfter(db: Database, kind: string): void {
  if (kind === settingsDocument.kind) recountFeedback(db);
}
