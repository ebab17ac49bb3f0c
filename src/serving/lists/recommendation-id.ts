/** The ids of answers: UUIDs of version 8 that say when, with which run and by which arm a list was made. */

import { hash, randomFillSync } from 'node:crypto';

/** What decided a list. The place in this list is what an id carries, so names are only added at its end. */
const arms = ['model', 'popularity'] as const;
export type Arm = (typeof arms)[number];

/** What an id says. */
export interface RecommendationIdParts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly arm: Arm;
  /** `runKey` of the run: its id is longer than a UUID. */
  readonly runKey: string;
}

/*
 * The bits, from the left (RFC 9562, section 5.8): 48 of the time in milliseconds, so that ids sort by time; 4 of the
 * version, 8; 4 of the arm; 8 random; 2 of the variant; 30 random; 32 of the run.
 */

const runKeys = new Map<string, string>();
/** Random hex digits, of which each id takes some: to ask for the few of one id takes longer than all the rest. */
const pool = { bytes: Buffer.alloc(4096), digits: '', used: 0 };
const digitsOfId = 10;
/** The digits of the last millisecond: under load it has several ids. */
const clock = { ms: Number.NaN, text: '' };

/** Eight hex digits that stand for a run: the first of the SHA-256 of its id. */
export function runKey(run: string): string {
  let key = runKeys.get(run);
  if (key === undefined) {
    key = hash('sha256', run, 'hex').slice(0, 8);
    // A server meets few runs.
    if (runKeys.size > 1000) runKeys.clear();
    runKeys.set(run, key);
  }
  return key;
}

/** Makes the id of a list. @param nowMs - since 1970 */
export function makeRecommendationId(run: string, arm: Arm, nowMs: number = Date.now()): string {
  if (nowMs !== clock.ms) {
    clock.ms = nowMs;
    clock.text = idsFrom(nowMs);
  }
  const random = randomDigits();
  const variant = '89ab'[random.charCodeAt(2) & 3];
  return `${clock.text}-8${arms.indexOf(arm)}${random.slice(0, 2)}-${variant}${random.slice(3, 6)}-${random.slice(6)}${runKey(run)}`;
}

function randomDigits(): string {
  if (pool.used + digitsOfId > pool.digits.length) {
    pool.digits = randomFillSync(pool.bytes).toString('hex');
    pool.used = 0;
  }
  pool.used += digitsOfId;
  return pool.digits.slice(pool.used - digitsOfId, pool.used);
}

/** What an id says; null for one that is not of this package. */
export function parseRecommendationId(id: string): RecommendationIdParts | null {
  const match =
    /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f])[0-9a-f]{2}-[89ab][0-9a-f]{3}-[0-9a-f]{4}([0-9a-f]{8})$/.exec(
      id,
    );
  if (match === null) return null;
  const [, high, low, place, key] = match as unknown as readonly string[];
  const arm = arms[Number.parseInt(place!, 16)];
  if (arm === undefined) return null;
  return { at: Number.parseInt(high! + low!, 16), arm, runKey: key! };
}

/** The text at which the ids of a time begin, to compare ids with. */
export function idsFrom(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
