/** The tables of the database, and their versions. */
import type { Database } from 'better-sqlite3';
import { HomeError } from '../../../errors.js';
import { History } from '../histories/history.js';
import { documentTables } from './documents/document-table.js';
import { feedbackCountColumn, recountFeedback } from './feedback/feedback-counts.js';
import { listTables } from './lists/list-table.js';
import { ruleTables } from './rules/rule-table.js';

/** Marks a SQLite file as this package's ("mvae" in ASCII), so that files of other applications are never changed. */
const applicationId = 0x6d766165;

/*
 * Indices count from 0 without gaps, in order of first appearance. A user's ratings are one blob. With one row a rating,
 * an import of ML-20M would cross from JavaScript into SQLite twenty million times, and the click matrix as often back:
 * a minute and more. A server reads or changes the ratings of one user at a time.
 */
const datasetTables = `
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

/** The tables of hyper-parameter searches, since version 2. */
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
`;

/*
 * The tables of serving, since version 3. Feedback names users and items by their ids, because a user or item of
 * feedback alone has no index. An index would add a column to the click matrix, and that would change the split.
 */
const servingTables = `
CREATE TABLE feedback (
  event INTEGER PRIMARY KEY,      -- ascends in the order of arrival
  key TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  rating REAL,                    -- null: a click
  timestamp INTEGER,              -- seconds since 1970, as the sender gave it
  received_at INTEGER NOT NULL    -- seconds since 1970
) STRICT;
CREATE INDEX feedback_of_user ON feedback (user_id, event);
CREATE INDEX feedback_of_item ON feedback (item_id, event);
ALTER TABLE items ADD COLUMN ratings INTEGER NOT NULL DEFAULT 0; -- of how many users
ALTER TABLE items DROP COLUMN rated;
CREATE VIEW item_names AS SELECT item_index, coalesce(title, id) AS name FROM items;
CREATE VIRTUAL TABLE item_search USING fts5(
  name, content = 'item_names', content_rowid = 'item_index', tokenize = 'unicode61 remove_diacritics 2'
);
`;

function addServingTables(db: Database): void {
  db.exec(servingTables);
  const places = db.prepare('SELECT coalesce(max(item_index), -1) + 1 FROM items').pluck().get();
  const counts = new Int32Array(places as number);
  for (const bytes of db.prepare('SELECT ratings FROM histories').pluck().iterate()) {
    const history = new History(bytes as Buffer);
    for (let r = 0; r < history.length; r++) counts[history.item(r)]!++;
  }
  const setRatings = db.prepare('UPDATE items SET ratings = ? WHERE item_index = ?');
  counts.forEach((count, item) => void setRatings.run(count, item));
  db.exec(rebuildSearch);
}

/** Rebuilds the search index from the names of all items. */
export const rebuildSearch = "INSERT INTO item_search (item_search) VALUES ('rebuild')";

/** The table of earlier states of the data, since version 4. */
const ancestorTable = `
CREATE TABLE ancestors (
  data_hash TEXT PRIMARY KEY      -- of data that the present data set grew from, or lost a deleted user of
) STRICT;
`;

/** Records the present hash of the data as an ancestor. Call it in the transaction that changes the data. */
export function keepAncestor(db: Database): void {
  db.exec('INSERT OR IGNORE INTO ancestors SELECT data_hash FROM dataset');
}

/** Times of feedback may have fractions since version 5. SQLite cannot change the type of a column, so the table moves. */
const fractionalTimes = `
CREATE TABLE moved_feedback (
  event INTEGER PRIMARY KEY,      -- ascends in the order of arrival
  key TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  rating REAL,                    -- null: a click
  timestamp REAL,                 -- seconds since 1970, as the sender gave it
  received_at INTEGER NOT NULL    -- seconds since 1970
) STRICT;
INSERT INTO moved_feedback
  SELECT event, key, user_id, item_id, rating, timestamp, received_at FROM feedback ORDER BY event;
DROP TABLE feedback;
ALTER TABLE moved_feedback RENAME TO feedback;
CREATE INDEX feedback_of_user ON feedback (user_id, event);
CREATE INDEX feedback_of_item ON feedback (item_id, event);
`;

function completeFeedback(db: Database): void {
  db.exec(fractionalTimes);
  db.exec(feedbackCountColumn);
  recountFeedback(db, 'true');
}

/*
 * What a shop says of its items, since version 6. `catalogue.version` is raised by every change of an item, and `changed`
 * keeps it, so that a reader fetches only what changed.
 */
const shopTables = `
CREATE TABLE catalogue (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  version INTEGER NOT NULL,
  fields TEXT NOT NULL            -- JSON array of the fields' names and types
) STRICT;
INSERT INTO catalogue VALUES (0, 0, '[]');
ALTER TABLE items ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';      -- JSON object of the other columns
ALTER TABLE items ADD COLUMN available INTEGER NOT NULL DEFAULT 1;   -- 0: in no answer
ALTER TABLE items ADD COLUMN added_at REAL;                          -- seconds since 1970; null: unknown
ALTER TABLE items ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;     -- the catalogue's version at its last change
ALTER TABLE items ADD COLUMN own INTEGER NOT NULL DEFAULT 0;         -- 1: written without ratings, so --replace keeps it
ALTER TABLE items ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;     -- 1: in no answer and no search; histories keep its index
CREATE INDEX items_by_change ON items (changed);
`;

/** Weights of ratings, since version 7. */
const weightColumns = `
ALTER TABLE histories ADD COLUMN weights BLOB;    -- a double for each record of ratings; null: each weighs 1
ALTER TABLE dataset ADD COLUMN min_weight REAL;   -- a pair that weighs less is no click; null: the data have no weights
`;

/** What a typed event says, since version 9. */
const eventColumns = `
ALTER TABLE feedback ADD COLUMN type TEXT;               -- such as purchase; null: a click or a rating
ALTER TABLE feedback ADD COLUMN recommendation TEXT;     -- the id of the list that the user acted on
ALTER TABLE feedback ADD COLUMN place INTEGER;           -- of the item in that list, from 1
CREATE INDEX feedback_of_list ON feedback (recommendation, event) WHERE recommendation IS NOT NULL;
`;

/** Step v migrates version v to version v + 1. An empty file has version 0. */
const steps: readonly ((db: Database) => void)[] = [
  (db) => db.exec(datasetTables),
  (db) => db.exec(searchTables),
  addServingTables,
  (db) => db.exec(ancestorTable),
  completeFeedback,
  (db) => db.exec(shopTables),
  (db) => db.exec(weightColumns),
  (db) => db.exec(ruleTables),
  (db) => db.exec(`${documentTables}${eventColumns}${listTables}`),
];

/** Grows with every change of the tables. A file of a newer version is refused. */
export const schemaVersion = steps.length;

/** Migrates an empty file, or one of an older version, to this version, whole or not at all. */
export function migrateSchema(db: Database): void {
  const version = () => Number(db.pragma('user_version', { simple: true }));
  if (version() === schemaVersion) return;
  db.transaction(() => {
    // Another process may have migrated the file meanwhile.
    for (const step of steps.slice(version())) step(db);
    db.pragma(`user_version = ${schemaVersion}`);
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
      `${path} has schema version ${version}, newer than ${schemaVersion}, the newest that this multvae can read; upgrade multvae, or choose another folder with --home`,
    );
  }
  return true;
}
