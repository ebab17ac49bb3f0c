/** The record of a night: what a refresh of a home found and did. */

import { z } from 'zod';
import type { Documents } from '../../data/store/documents.js';
import type { HomeAt } from '../../data/store/place.js';
import { withStore } from '../place/opened.js';

const pairedMetric = z
  .object({
    metric: z.string().describe('such as hit@20'),
    first: z.number().describe('the mean of the new run'),
    second: z.number().describe('the mean of the other'),
    difference: z.number().describe('the first minus the second'),
    low: z.number().describe('of its 95 % interval'),
    high: z.number(),
    ahead: z.int().describe('users for whom the first is better'),
    behind: z.int().describe('users for whom the second is better'),
    p: z.number().describe('two-sided'),
  })
  .meta({ id: 'PairedMetric' });

/** Two models on the same users, the new run first. */
const pairedResult = z
  .object({
    users: z.int().describe('test users whom both hold out'),
    hits: pairedMetric.describe('whether a list has at least one hidden click of a user'),
    ranking: pairedMetric.describe('NDCG; it decides'),
  })
  .meta({ id: 'PairedResult' });

/** How a night ended. */
export const nightOutcomes = ['activated', 'kept', 'nothing new', 'failed'] as const;
export type NightOutcome = (typeof nightOutcomes)[number];

export const nightSchema = z.object({
  startedAt: z.string().describe('ISO 8601; it identifies the night'),
  endedAt: z.string(),
  rows: z.int().describe('rows that were appended'),
  users: z.int().nullable().describe('with a rating after it; null where that is not known'),
  items: z.int().nullable().describe('with a rating after it'),
  catalogue: z
    .object({
      created: z.int().describe('new items'),
      changed: z.int().describe('items of which the file says something else than before'),
    })
    .nullable()
    .default(null)
    .describe('what a file of items brought; null without one'),
  run: z.string().nullable().describe('the run that was trained; null for none'),
  base: z.string().nullable().describe('the run that was active before; null for none'),
  outcome: z.enum(nightOutcomes).describe('kept: the run that was active before stays so'),
  reason: z.string().describe('in sentences'),
  comparison: z
    .object({
      base: z.object({ run: z.string(), result: pairedResult }).nullable(),
      popularity: pairedResult.nullable(),
    })
    .nullable()
    .describe('the new run against the active one and popularity; null where none was judged'),
  dataHash: z.string().nullable().describe('of the data that the judged run was trained on'),
  setting: z
    .string()
    .nullable()
    .describe('what was to be trained: auto, or a model with its hyper-parameters as JSON'),
  pruned: z.int().describe('old runs that were deleted'),
});

/** A night as it is stored. */
export type Night = z.infer<typeof nightSchema>;

/** What a night trains. */
export type Judged = Pick<Night, 'dataHash' | 'setting'>;

/** Whether a night would train the same again. */
export function isSame(one: Judged, other: Judged): boolean {
  return one.dataHash === other.dataHash && one.setting === other.setting;
}

const kind = 'nights';
/** More are deleted, the oldest first. */
const maxNights = 400;

/** The part of a store that keeps nights. */
export interface NightSource {
  readonly documents: Pick<Documents, 'list'>;
}

/** The nights of a home, the newest first. A record that this version cannot read is left out. */
export async function readNights(
  { documents }: NightSource,
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
