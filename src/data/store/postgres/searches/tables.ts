/** The tables of searches that many workers share. Times are those of the database's clock. */
export const searchTables = `
CREATE TABLE store.searches (
  search integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  settings text NOT NULL,           -- JSON of everything that its results depend on
  settings_hash text NOT NULL UNIQUE, -- SHA-256 of the settings, in hex: an index cannot hold the text
  trials integer NOT NULL,          -- the most that a worker asked for
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE store.search_workers (
  worker uuid PRIMARY KEY,
  search integer NOT NULL REFERENCES store.searches ON DELETE CASCADE,
  host text NOT NULL,
  pid integer NOT NULL,
  instruction_set text NOT NULL,
  threads integer,                  -- null: the package does not decide it
  version text NOT NULL,
  lease_s double precision NOT NULL,
  joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  left_at timestamptz               -- null: it takes part
);
CREATE INDEX search_workers_of_search ON store.search_workers (search);
CREATE SEQUENCE store.search_places;
CREATE TABLE store.search_trials (
  search integer NOT NULL REFERENCES store.searches ON DELETE CASCADE,
  trial integer NOT NULL,
  rung integer NOT NULL,
  config text NOT NULL,             -- JSON; text, because jsonb would change the order of its fields
  worker uuid,                      -- who trains it, or whose result it is; null: it was given back
  lease uuid,                       -- names the last handing out
  lease_s double precision NOT NULL, -- how long its holder may be silent; 0 when it was given back
  lease_until timestamptz NOT NULL, -- until then no other worker takes it
  handed_out_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lost integer NOT NULL DEFAULT 0,  -- workers that held it and did not keep their lease
  place bigint,                     -- ascends in the order of recording; null: it has no result
  score double precision,           -- null where it failed
  failure text,
  duration_s double precision,
  instruction_set text,             -- what the result was computed with
  PRIMARY KEY (search, trial, rung)
);
`;
