import type { Database } from 'better-sqlite3';
import { HomeError } from '../../errors.js';

/** Marks a SQLite file as this package's ("mvae" in ASCII), so that no other application's is touched. */
const applicationId = 0x6d766165;

/** Raised whenever the tables change; a file of a newer version is refused. */
export const schemaVersion = 2;

/*
 * Indices count from 0 without gaps, in order of first appearance. A user's ratings are one blob because a row
 * each costs twenty million crossings from JavaScript into SQLite on import and as many back for the click
 * matrix, a minute and more; a server reads or changes one user's at a time anyway.
 */
const tables = `
CREATE TABLE dataset (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  name TEXT NOT NULL,
  data_hash TEXT NOT NULL,
  users INTEGER NOT NULL,
  items INTEGER NOT NULL,
  catalogue INTEGER NOT NULL,
  ratings INTEGER NOT NULL,
  rows_accepted INTEGER NOT NULL, -- rows of the files, repeated pairs included: where the next position begins
  scale_low REAL,
  scale_high REAL,
  files TEXT NOT NULL,            -- JSON array of file names
  imported_at TEXT NOT NULL       -- ISO 8601
) STRICT;
CREATE TABLE users (
  user_index INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE items (
  item_index INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  rated INTEGER NOT NULL,         -- 1 when some user rated it, 0 when only its title is known
  title TEXT,
  year INTEGER,
  genres TEXT NOT NULL DEFAULT '[]' -- JSON array
) STRICT;
CREATE TABLE histories (
  user_index INTEGER PRIMARY KEY,
  ratings BLOB NOT NULL           -- a user's ratings in file order; history.ts describes the records
) STRICT;
PRAGMA application_id = ${applicationId};
`;

/** Hyper-parameter searches: since version 2. */
const searchTables = `
CREATE TABLE searches (
  search INTEGER PRIMARY KEY,
  settings TEXT NOT NULL UNIQUE,  -- JSON of everything that its results depend on
  begun_at TEXT NOT NULL          -- ISO 8601
) STRICT;
CREATE TABLE trial_results (
  place INTEGER PRIMARY KEY,      -- ascends in the order of recording
  search INTEGER NOT NULL,
  trial INTEGER NOT NULL,
  rung INTEGER NOT NULL,
  config TEXT NOT NULL,           -- JSON
  score REAL,                     -- null where it failed
  failure TEXT,
  duration_s REAL NOT NULL,
  UNIQUE (search, trial, rung)
) STRICT;
PRAGMA user_version = ${schemaVersion};
`;

/** Creates the tables in an empty file, whole or not at all; another process may have been quicker. */
export function createSchema(db: Database, path: string): void {
  db.transaction(() => {
    if (!hasSchema(db, path)) db.exec(tables + searchTables);
  }).immediate();
}

/** Brings the tables of an older version to this one's, whole or not at all. */
export function migrateSchema(db: Database): void {
  const isCurrent = () => db.pragma('user_version', { simple: true }) === schemaVersion;
  if (isCurrent()) return;
  db.transaction(() => {
    if (!isCurrent()) db.exec(searchTables);
  }).immediate();
}

/**
 * Whether the file holds this package's tables; false for an empty file.
 *
 * @throws HomeError when it belongs to another application or to a newer version of this one
 */
export function hasSchema(db: Database, path: string): boolean {
  const id = db.pragma('application_id', { simple: true });
  const version = Number(db.pragma('user_version', { simple: true }));
  if (id === 0 && version === 0) {
    const objects = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (objects === 0) return false;
  }
  if (id !== applicationId) {
    throw new HomeError(
      `${path} is a SQLite database of another application; choose another folder with --home`,
    );
  }
  if (version > schemaVersion) {
    throw new HomeError(
      `${path} has schema version ${version}, newer than ${schemaVersion}, the newest that this version of multvae knows; update multvae, or choose another folder with --home`,
    );
  }
  return true;
}
