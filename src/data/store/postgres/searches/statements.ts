/**
 * The statements by which workers share trainings. Each is one statement and its own transaction, so no lock outlives a
 * round trip, and each may be sent again when its answer was lost. Leases go by the database's clock alone.
 */

/** After so many lost workers in a row, a training counts as failed: it probably ends each process that tries it. */
export const maxLost = 10;

/**
 * A lease ends at its time. Where the server itself was started less than a lease ago, workers have not had time to come
 * back: their leases last a little longer.
 */
const isFree = `greatest(lease_until, pg_postmaster_start_time() + make_interval(secs => lease_s)) < clock_timestamp()`;

const lease = (seconds: string) => `clock_timestamp() + make_interval(secs => ${seconds})`;

/** $1 settings, $2 their hash, $3 trials. Gives the search, and whether this call began it. */
export const openSearch = `
INSERT INTO store.searches AS known (settings, settings_hash, trials) VALUES ($1, $2, $3)
ON CONFLICT (settings_hash) DO UPDATE SET trials = greatest(known.trials, excluded.trials)
RETURNING search, (xmax = 0) AS is_new`;

/** $1 worker, $2 search, $3 host, $4 pid, $5 instruction set, $6 threads, $7 version, $8 lease in seconds. */
export const joinSearch = `
INSERT INTO store.search_workers (worker, search, host, pid, instruction_set, threads, version, lease_s)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (worker) DO NOTHING`;

/** $1 worker. */
export const leaveSearch = `
UPDATE store.search_workers SET left_at = clock_timestamp(), seen_at = clock_timestamp() WHERE worker = $1`;

/**
 * Hands out a training that its worker gave back or lost; the longest first. Workers that ask at the same time get
 * different ones. $1 search, $2 the new lease, $3 worker, $4 lease in seconds.
 *
 * A call whose answer was lost finds what it took by its lease.
 */
export const takeAbandoned = `
WITH free AS (
  SELECT search, trial, rung FROM store.search_trials
  WHERE search = $1 AND place IS NULL AND (lease = $2 OR ${isFree})
  ORDER BY (lease = $2) IS TRUE DESC, rung DESC, trial LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE store.search_trials AS taken SET
  lost = CASE WHEN taken.worker IS NULL OR taken.lease = $2 THEN taken.lost ELSE taken.lost + 1 END,
  lease = $2, worker = $3, handed_out_at = clock_timestamp(),
  lease_s = $4, lease_until = ${lease('$4')}
FROM free WHERE taken.search = free.search AND taken.trial = free.trial AND taken.rung = free.rung
RETURNING taken.trial, taken.rung, taken.config, taken.lost`;

/** Hands out a training that nobody has had. $1 search, $2 trial, $3 rung, $4 config, $5 lease, $6 worker, $7 lease in seconds. */
export const beginTrial = `
INSERT INTO store.search_trials (search, trial, rung, config, lease, worker, lease_s, lease_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, ${lease('$7')})
ON CONFLICT (search, trial, rung) DO NOTHING RETURNING lost`;

/**
 * Renews a lease, also one that has ended while nobody took the training over, and says that the worker lives.
 * $1 worker, $2 lease in seconds, $3 search, $4 trial, $5 rung, $6 lease. Gives whether it was renewed, and whether there
 * is a result.
 */
export const renewLease = `
WITH seen AS (
  UPDATE store.search_workers SET seen_at = clock_timestamp() WHERE worker = $1
), renewed AS (
  UPDATE store.search_trials SET lease_until = ${lease('$2')}
  WHERE search = $3 AND trial = $4 AND rung = $5 AND lease = $6 AND place IS NULL
  RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM renewed) AS renewed,
  EXISTS (SELECT 1 FROM store.search_trials
    WHERE search = $3 AND trial = $4 AND rung = $5 AND place IS NOT NULL) AS recorded`;

/** $1 worker. */
export const sayAlive =
  'UPDATE store.search_workers SET seen_at = clock_timestamp() WHERE worker = $1';

/**
 * Records a result where there is none. $1 search, $2 trial, $3 rung, $4 worker, $5 lease, $6 score, $7 failure,
 * $8 seconds, $9 instruction set.
 */
export const recordResult = `
UPDATE store.search_trials SET place = nextval('store.search_places'), worker = $4, lease = $5, score = $6,
  failure = $7, duration_s = $8, instruction_set = $9
WHERE search = $1 AND trial = $2 AND rung = $3 AND place IS NULL`;

/** Whether the result is the one of this lease. $1 search, $2 trial, $3 rung, $4 lease. */
export const isRecorded = `
SELECT lease = $4 AS own FROM store.search_trials
WHERE search = $1 AND trial = $2 AND rung = $3 AND place IS NOT NULL`;

/** $1 search, $2 trial, $3 rung, $4 lease. */
export const giveBack = `
UPDATE store.search_trials SET worker = NULL, lease = NULL, lease_s = 0, lease_until = '-infinity'
WHERE search = $1 AND trial = $2 AND rung = $3 AND lease = $4 AND place IS NULL`;

/** Ends the trainings that cost too many workers. $1 search, $2 the failure's text. */
export const failLost = `
UPDATE store.search_trials SET place = nextval('store.search_places'), failure = $2, duration_s = 0,
  instruction_set = 'none', lost = lost + 1
WHERE search = $1 AND place IS NULL AND worker IS NOT NULL AND lost >= ${maxLost - 1} AND ${isFree}`;

/** $1 search. */
export const readTrials = `
SELECT trial, rung, config, score, failure, duration_s, instruction_set, place IS NOT NULL AS recorded
FROM store.search_trials WHERE search = $1 ORDER BY place NULLS LAST, trial, rung`;
