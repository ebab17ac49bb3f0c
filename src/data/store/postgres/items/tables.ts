/** The tables of items. */

/*
 * Indices count from 0 without gaps, as SQLite's do: they are the columns of the click matrix. Genres and fields are the
 * texts that SQLite stores too. `catalogue.version` is raised by every change of an item, and `changed` keeps it, so that a
 * reader fetches only what changed. Transactions that change items run one after another, as all that write do: each takes
 * the next index, and decides the types of new fields.
 *
 * The index of words is one of core PostgreSQL. pg_trgm would find parts of titles without an index of their signs, but it
 * is an extension, and many servers do not let their users create one.
 */
export const itemTables: readonly string[] = [
  `CREATE TABLE items (
  item_index integer PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  title text COLLATE "C",
  year integer,
  genres text NOT NULL DEFAULT '[]',            -- JSON array
  fields text NOT NULL DEFAULT '{}',            -- JSON object of the other columns
  available boolean NOT NULL DEFAULT true,      -- false: in no answer
  added_at double precision,                    -- seconds since 1970; null: unknown
  changed bigint NOT NULL DEFAULT 0,            -- the catalogue's version at its last change
  own boolean NOT NULL DEFAULT false,           -- written without ratings, so --replace keeps it
  removed boolean NOT NULL DEFAULT false,       -- in no answer and no search; histories keep its index
  ratings integer NOT NULL DEFAULT 0,           -- of how many users
  feedback_users integer NOT NULL DEFAULT 0,    -- users of feedback who have it not in the imported data
  words text COLLATE "C" NOT NULL,              -- of the title, else of the id: title-words.ts
  word_count integer NOT NULL
)`,
  `CREATE INDEX items_by_change ON items (changed)`,
  `CREATE INDEX items_by_word ON items USING gin (array_to_tsvector(string_to_array(words, ' ')))`,
  `CREATE TABLE catalogue (
  only_row integer PRIMARY KEY CHECK (only_row = 0),
  version bigint NOT NULL,
  fields text NOT NULL,                         -- JSON array of the fields' names and types
  names bigint NOT NULL,                        -- the number of items, for the rank of a match
  words bigint NOT NULL                         -- the sum of their word counts
)`,
  `INSERT INTO catalogue VALUES (0, 0, '[]', 0, 0)`,
];
