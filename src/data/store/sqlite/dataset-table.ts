/** The data set of a home: its description, the data that it descends from, and counts of what it holds. */
import type { Database, Statement } from 'better-sqlite3';
import type { DatasetSummary, ImportCounts } from '../dataset.js';
import { type DatasetRow, summaryOf } from '../dataset-row.js';

/** The table of one row that describes the imported data, and the hashes that they had before. */
export class DatasetTable {
  readonly #summary: Statement;
  readonly #descends: Statement;

  constructor(db: Database) {
    this.#summary = db.prepare('SELECT * FROM dataset');
    this.#descends = db.prepare(
      'SELECT 1 FROM dataset WHERE data_hash = @dataHash UNION ALL SELECT 1 FROM ancestors WHERE data_hash = @dataHash',
    );
  }

  /** Null when nothing was imported. */
  summary(): DatasetSummary | null {
    const row = this.#summary.get() as DatasetRow | undefined;
    return row === undefined ? null : summaryOf(row);
  }

  /** Whether the data have this hash, or had it. */
  descendsFrom(dataHash: string): boolean {
    return this.#descends.get({ dataHash }) !== undefined;
  }
}

/** Implements `RatingsDatabase.importCounts`. */
export function countImport(db: Database): ImportCounts {
  const count = (query: string) => db.prepare(query).pluck().get() as number;
  return {
    titledItems: count('SELECT count(*) FROM items WHERE ratings > 0 AND title IS NOT NULL'),
    feedback: count('SELECT count(*) FROM feedback'),
    ratedFeedback: count('SELECT count(rating) FROM feedback'),
    feedbackOnKnownItems: count(
      'SELECT count(*) FROM feedback WHERE item_id IN (SELECT id FROM items)',
    ),
  };
}
