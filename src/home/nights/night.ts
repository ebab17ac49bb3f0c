/** The record of a night: what a refresh of a home found and did. */

import { z } from 'zod';
import type { Documents } from '../../data/store/documents.js';
import type { HomeAt } from '../../data/store/place.js';
import { withStore } from '../place/opened.js';

const pairedMetric = z.object({
  metric: z.string(),
  first: z.number(),
  second: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  ahead: z.number(),
  behind: z.number(),
  p: z.number(),
});

/** Two models on the same users, the new run first. */
const pairedResult = z.object({ users: z.number(), hits: pairedMetric, ranking: pairedMetric });

/** How a night ended. */
export const nightOutcomes = ['activated', 'kept', 'nothing new', 'failed'] as const;
export type NightOutcome = (typeof nightOutcomes)[number];

export const nightSchema = z.object({
  /** ISO 8601; it identifies the night. */
  startedAt: z.string(),
  endedAt: z.string(),
  /** Rows that were appended. */
  rows: z.number(),
  /** Users and items with a rating after it; null where nothing is known of them. */
  users: z.number().nullable(),
  items: z.number().nullable(),
  /** The run that was trained; null for none. */
  run: z.string().nullable(),
  /** The run that was active before; null for none. */
  base: z.string().nullable(),
  /** `kept`: the run that was active before stays so. */
  outcome: z.enum(nightOutcomes),
  /** In sentences. */
  reason: z.string(),
  /** The new run against the active one and against popularity; null where nothing was compared. */
  comparison: z
    .object({
      base: z.object({ run: z.string(), result: pairedResult }).nullable(),
      popularity: pairedResult.nullable(),
    })
    .nullable(),
  /** The hash of the data that the run was trained on; null where none was trained. */
  dataHash: z.string().nullable(),
  /** How many old runs were deleted. */
  pruned: z.number(),
});

/** A night as it is stored. */
export type Night = z.infer<typeof nightSchema>;

const kind = 'nights';
/** More are deleted, the oldest first. */
const maxNights = 400;

/** The nights of a home, the newest first. A record that this version cannot read is left out. */
export async function readNights(
  { documents }: { readonly documents: Documents },
  limit: number = maxNights,
): Promise<Night[]> {
  const nights = (await documents.list(kind)).flatMap(({ value }) => {
    const { success, data } = nightSchema.safeParse(value);
    return success ? [data] : [];
  });
  return nights.reverse().slice(0, limit);
}

/** The same of a home that is not open. @throws HomeError when there is no home */
export function listNights(home: HomeAt, limit?: number): Promise<Night[]> {
  return withStore(home, (store) => readNights(store, limit));
}

/** Keeps the record of a night in the place of an earlier one of the same night. */
export async function keepNight(home: HomeAt, night: Night): Promise<void> {
  await withStore(home, async ({ documents }) => {
    await documents.write(kind, night.startedAt, night);
    const ids = (await documents.list(kind)).map(({ id }) => id);
    for (const id of ids.slice(0, -maxNights)) await documents.remove(kind, id);
  });
}
