/** Shapes that several answers share; OpenAPI documents a schema with an `id` once, under that name. */

import { z } from 'zod';
import { ruleKinds } from '../../serving/rules/rule.js';

const fieldEntry = z.union([z.string(), z.number(), z.boolean()]);
const fieldValues = z.record(z.string(), z.union([fieldEntry, z.array(fieldEntry)]));
export const chosenFields = fieldValues
  .optional()
  .describe('with fields: those of the chosen fields that the item has');

const item = {
  itemId: z.string(),
  title: z.string().nullable().describe('null where none is stored'),
  genres: z.array(z.string()),
  year: z.int().nullable(),
};

const reasonReply = z
  .strictObject({
    ...item,
    contribution: z.number().describe('the score minus the score without this click'),
  })
  .meta({ id: 'Reason' });

export const rankedItemReply = z
  .strictObject({
    ...item,
    rank: z.int().describe('from 1 on, counted over all pages'),
    score: z
      .number()
      .nullable()
      .describe('comparable only within one answer; null for a new product'),
    isNew: z.literal(true).optional().describe('with newItems: a new product at a marked place'),
    because: z
      .array(reasonReply)
      .optional()
      .describe('with explain: the clicks that raised the item most, highest first, at most three'),
    rules: z
      .array(z.string())
      .optional()
      .describe('ids of the rules that pinned, boosted or buried it; absent where none did'),
    fields: chosenFields,
  })
  .meta({ id: 'RankedItem' });

export const appliedRuleReply = z
  .strictObject({
    id: z.string(),
    kind: z.enum(ruleKinds),
    name: z.string().nullable(),
  })
  .meta({ id: 'AppliedRule' });

const shownItem = {
  ...item,
  clicks: z.int().describe('users who rated or clicked it'),
  inModel: z.boolean().describe('whether the active model knows it'),
  available: z.boolean().describe('whether an answer may hold it'),
  addedAt: z.number().nullable().describe('when it was first stored, in seconds since 1970'),
};

export const itemReply = z
  .strictObject({ ...shownItem, fields: chosenFields })
  .meta({ id: 'Item' });

export const wholeItemReply = z
  .strictObject({
    ...shownItem,
    fields: fieldValues.describe('anything else'),
  })
  .meta({ id: 'WholeItem' });

export const historyItemReply = z
  .strictObject({
    ...item,
    rating: z.number().nullable().describe('null for a click without a rating'),
    timestamp: z.number().nullable().describe('seconds since 1970'),
    source: z.enum(['import', 'feedback']),
    weight: z
      .number()
      .optional()
      .describe('the sum of the weights of the imported rows; absent where the data have none'),
    isLight: z
      .literal(true)
      .optional()
      .describe('present where the weight is too small for a click (import --min-weight)'),
    inModel: z.boolean().describe('whether the model knows it'),
    fields: chosenFields,
  })
  .meta({ id: 'HistoryItem' });

/** The run that answered. */
export const modelVersion = z.string().describe('the id of the run that answered');

/** The body of every error. */
export const problemReply = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().optional().describe('stable, such as E_ARGUMENT'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** Descriptions of errors that many routes have. */
export const problems = {
  unknownRun: { description: 'no such run' },
  unusableRun: { description: 'the run cannot be used, or its model cannot do this' },
  cannotWrite: {
    description:
      'another process writes, or the database cannot be written; Retry-After says when to try again',
  },
  noModel: { description: 'no run is active, or the model has just failed' },
} as const;
