/** Stores the results of hyper-parameter searches. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { ModelConfig } from '../../../config/models.js';
import { HomeError } from '../../../errors.js';
import type { TrialResult } from '../../trial.js';
import type { KeptSearch, SearchJournal } from '../journal.js';
import { openDatabase } from './connection.js';
import { HeldFile } from './held-file.js';

/** The results of one search, on a connection of its own. */
export class SqliteSearchJournal implements SearchJournal {
  readonly search: number;
  readonly #file: HeldFile;
  readonly #db: Database;
  readonly #close: () => void;

  private constructor(file: HeldFile, connection: ReturnType<HeldFile['connect']>, search: number) {
    this.#file = file;
    this.#db = connection.db;
    this.#close = connection.close;
    this.search = search;
  }

  /**
   * Opens the journal of the search with exactly these settings. Starts a new one where there is none.
   *
   * @param settings - everything that the results depend on, as JSON; the same text means the same search
   * @throws HomeError, DependencyError as `RatingsDatabase.open`
   */
  static open(home: string, settings: string): SqliteSearchJournal {
    const file = HeldFile.at(join(home, 'multvae.db'));
    // A search that loses its file cannot go on in another one: each later call throws.
    const connection = file.connect(
      () => openDatabase(home),
      () => undefined,
    );
    const { db, close } = connection;
    try {
      const search = file.use(() => {
        db.prepare('INSERT OR IGNORE INTO searches (settings, begun_at) VALUES (?, ?)').run(
          settings,
          new Date().toISOString(),
        );
        return db.prepare('SELECT search FROM searches WHERE settings = ?').pluck().get(settings);
      });
      return new SqliteSearchJournal(file, connection, search as number);
    } catch (error) {
      close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#close();
  }

  async results(): Promise<TrialResult[]> {
    this.#file.confirmFor(this.#db);
    const rows = this.#file.use(() =>
      this.#db
        .prepare('SELECT * FROM trial_results WHERE search = ? ORDER BY place')
        .all(this.search),
    ) as ResultRow[];
    return rows.map(resultOf);
  }

  /** @throws StorageError also when the file was removed or replaced */
  async record(result: TrialResult): Promise<void> {
    const { trial, rung, config, score, failure, durationS } = result;
    const insert = this.#db.prepare(
      'INSERT INTO trial_results (search, trial, rung, config, score, failure, duration_s) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const text = JSON.stringify(config);
    this.#file.confirmFor(this.#db);
    try {
      this.#file.use(() => insert.run(this.search, trial, rung, text, score, failure, durationS));
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw cause;
      throw new HomeError(
        `${this.#file.path} has a result of trial ${trial + 1} already: another process runs the same search; wait until it ends, or stop one of the two`,
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

function resultOf({ trial, rung, config, score, failure, duration_s }: ResultRow): TrialResult {
  return {
    trial,
    rung,
    config: JSON.parse(config) as ModelConfig,
    score,
    failure,
    durationS: duration_s,
  };
}

interface SearchRow {
  readonly search: number;
  readonly settings: string;
  readonly begun_at: string;
}

/** All searches of a home: the one with the newest result first. @throws HomeError as `SqliteSearchJournal.open` */
export function listSearches(home: string): KeptSearch[] {
  const file = HeldFile.at(join(home, 'multvae.db'));
  const { db, close } = file.connect(
    () => openDatabase(home),
    () => undefined,
  );
  try {
    return file.use(() => {
      const results = db
        .prepare('SELECT * FROM trial_results ORDER BY place')
        .all() as (ResultRow & {
        readonly search: number;
      })[];
      const searches = db
        .prepare(
          `SELECT search, settings, begun_at FROM searches
           ORDER BY (SELECT max(place) FROM trial_results WHERE trial_results.search = searches.search) DESC NULLS LAST,
             search DESC`,
        )
        .all() as SearchRow[];
      return searches.map(({ search, settings, begun_at }) => ({
        search,
        settings,
        begunAt: begun_at,
        results: results.filter((row) => row.search === search).map(resultOf),
      }));
    });
  } finally {
    close();
  }
}
