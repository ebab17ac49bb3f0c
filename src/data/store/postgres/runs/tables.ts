/** The tables of published runs. */

/** How many bytes a chunk of a file has at most. */
export const chunkBytes = 2 ** 20;

/**
 * SQL texts that make the tables, in order. The names are plain: the caller sets the schema.
 *
 * `run_list` has one row. Every change of the list of runs locks that row, so changes happen one after another, and
 * each sees what the one before it did. A run that was removed keeps its row in `runs`, so that copies of it on other
 * machines are known to be of no use. Weights do not compress: their chunks are stored as they are.
 */
export const runTables: readonly string[] = [
  `CREATE TABLE run_list (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    identity text NOT NULL DEFAULT md5(random()::text || clock_timestamp()::text || txid_current()::text),
    version bigint NOT NULL DEFAULT 0,
    activations text[] NOT NULL DEFAULT '{}'
  )`,
  'INSERT INTO run_list DEFAULT VALUES',
  `CREATE TABLE runs (
    id text COLLATE "C" PRIMARY KEY,
    published_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz
  )`,
  `CREATE TABLE run_files (
    run text COLLATE "C" NOT NULL REFERENCES runs,
    name text COLLATE "C" NOT NULL,
    place int NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (run, name)
  )`,
  `CREATE TABLE run_chunks (
    run text COLLATE "C" NOT NULL,
    file text COLLATE "C" NOT NULL,
    part int NOT NULL,
    sha256 text NOT NULL,
    contents bytea NOT NULL,
    PRIMARY KEY (run, file, part),
    FOREIGN KEY (run, file) REFERENCES run_files ON DELETE CASCADE
  )`,
  'ALTER TABLE run_chunks ALTER COLUMN contents SET STORAGE EXTERNAL',
  `CREATE TABLE run_documents (
    run text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    contents text NOT NULL,
    PRIMARY KEY (run, name)
  )`,
];
