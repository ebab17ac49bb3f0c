/** Stores the results of hyper-parameter searches. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { ModelConfig } from '../../../config/models.js';
import { HomeError } from '../../../errors.js';
import type { TrialResult } from '../../trial.js';
import { openDatabase, translateErrors } from './connection.js';

/** The stored results of one hyper-parameter search. An interrupted search continues from them. */
export class SearchJournal {
  /** The number of the search in its home. */
  readonly search: number;
  readonly #path: string;
  readonly #db: Database;

  private constructor(home: string, db: Database, search: number) {
    this.#path = join(home, 'multvae.db');
    this.#db = db;
    this.search = search;
  }

  /**
   * Opens the journal of the search with exactly these settings. Starts a new one where there is none.
   *
   * @param settings - everything that the results depend on, as JSON; the same text means the same search
   * @throws HomeError, DependencyError as `RatingsDatabase.open`
   */
  static open(home: string, settings: string): SearchJournal {
    const db = openDatabase(home);
    try {
      const search = translateErrors(join(home, 'multvae.db'), () => {
        db.prepare('INSERT OR IGNORE INTO searches (settings, begun_at) VALUES (?, ?)').run(
          settings,
          new Date().toISOString(),
        );
        return db.prepare('SELECT search FROM searches WHERE settings = ?').pluck().get(settings);
      });
      return new SearchJournal(home, db, search as number);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  /** The results, in the order in which they were recorded. */
  results(): TrialResult[] {
    const rows = translateErrors(this.#path, () =>
      this.#db
        .prepare('SELECT * FROM trial_results WHERE search = ? ORDER BY place')
        .all(this.search),
    ) as ResultRow[];
    return rows.map(({ trial, rung, config, score, failure, duration_s }) => ({
      trial,
      rung,
      config: JSON.parse(config) as ModelConfig,
      score,
      failure,
      durationS: duration_s,
    }));
  }

  /**
   * Stores a result. When this returns, the disk has it.
   *
   * @throws HomeError when another process has recorded the same trial and rung
   */
  record({ trial, rung, config, score, failure, durationS }: TrialResult): void {
    const insert = this.#db.prepare(
      'INSERT INTO trial_results (search, trial, rung, config, score, failure, duration_s) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const text = JSON.stringify(config);
    try {
      translateErrors(this.#path, () =>
        insert.run(this.search, trial, rung, text, score, failure, durationS),
      );
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw cause;
      throw new HomeError(
        `${this.#path} has a result of trial ${trial + 1} already: another process runs the same search; wait until it ends, or stop one of the two`,
        { cause },
      );
    }
  }
}

interface ResultRow {
  readonly trial: number;
  readonly rung: number;
  readonly config: string;
  readonly score: number | null;
  readonly failure: string | null;
  readonly duration_s: number;
}
