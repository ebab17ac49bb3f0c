/** What a rule of a shop says: which items it concerns, what it does with them, and when. */

import { z } from 'zod';
import { dateIn } from '../../data/files/values/dates.js';
import { idRule, isUnicode } from '../../data/ids.js';
import { ArgumentError, quote, showValue } from '../../errors.js';

/** What rules do, in the order in which they win over each other. */
export const ruleKinds = ['hide', 'pin', 'limit', 'boost', 'bury'] as const;
export type RuleKind = (typeof ruleKinds)[number];

const maxItems = 10_000;
const maxGenres = 100;
const maxPlace = 1000;
const maxText = 200;

const integerRule = (low: number, high: number) => `an integer from ${low} to ${high}`;
const integer = (low: number, high: number) => {
  const error = integerRule(low, high);
  return z.int({ error }).min(low, { error }).max(high, { error });
};
const listRule = (max: number, what: string) => `a list of 1 to ${max} ${what}`;
const list = <T extends z.ZodType>(entry: T, max: number, what: string) => {
  const error = listRule(max, what);
  return z.array(entry, { error }).min(1, { error }).max(max, { error });
};
const textRule = `a string of 1 to ${maxText} characters`;
const text = z
  .string({ error: textRule })
  .min(1, { error: textRule })
  .max(maxText, { error: textRule })
  .refine((value) => isUnicode(value) && !value.includes('\0'), { error: textRule });
const idText = z.string({ error: idRule }).min(1, { error: idRule });
const maxWhere = 2000;
const whereRule = `a filter of 1 to ${maxWhere} characters, such as price<20 and brand=Alba`;
const where = z
  .string({ error: whereRule })
  .max(maxWhere, { error: whereRule })
  .refine((value) => value.trim() !== '', { error: whereRule });
const partRule = 'a number above 0 and at most 1';
const part = z.number({ error: partRule }).gt(0, { error: partRule }).max(1, { error: partRule });
const momentRule = 'a time in ISO 8601, such as 2026-12-01T00:00:00Z; without a zone it is UTC';
const moment = z
  .string({ error: momentRule })
  .refine((value) => dateIn(value) !== null, { error: momentRule });
const kind = z.enum(ruleKinds, { error: `one of ${ruleKinds.join(', ')}` });

/** The fields of a rule besides its kind. Null says the same as leaving a field out. */
const furtherFields = {
  name: text.nullish().describe('for people'),
  items: list(idText, maxItems, 'ids').nullish().describe('the items that it concerns'),
  genre: list(text, maxGenres, 'strings').nullish().describe('items with any of these'),
  minYear: integer(0, 9999).nullish().describe('items of this year or later'),
  maxYear: integer(0, 9999).nullish().describe('items of this year or earlier'),
  where: where.nullish().describe('items with these values of their fields'),
  place: integer(1, maxPlace).nullish().describe('pin: the place in the list, from 1'),
  by: part
    .nullish()
    .describe('boost, bury: the part of the range of the scores by which the items move'),
  atMost: integer(1, maxPlace).nullish().describe('limit: how many such items a list holds'),
  each: text
    .nullish()
    .describe('limit: genre, or a field of the items; the limit holds for each of its values'),
  beginsAt: moment.nullish().describe('before this it does nothing'),
  endsAt: moment.nullish().describe('from this on it does nothing'),
};

/** The fields of a rule. `readRule` checks also what goes together. */
export const ruleFields = z.strictObject(
  { kind: kind.describe('hide > pin > limit > boost and bury'), ...furtherFields },
  { error: 'an object with the kind of the rule' },
);

/** A change of some fields of a rule; null takes a field away. */
export const ruleChanges = z.strictObject(
  { kind: kind.optional(), ...furtherFields },
  { error: 'an object with the fields to change' },
);

/** Which items a rule concerns: those that fit all of these. */
export interface RuleSelection {
  readonly items?: readonly string[];
  readonly genre?: readonly string[];
  readonly minYear?: number;
  readonly maxYear?: number;
  /** A filter by fields, in the grammar of `where=`. */
  readonly where?: string;
}

/** A rule without its id. */
export interface RuleContent extends RuleSelection {
  readonly kind: RuleKind;
  readonly name?: string;
  readonly place?: number;
  readonly by?: number;
  readonly atMost?: number;
  readonly each?: string;
  /** ISO 8601, UTC */
  readonly beginsAt?: string;
  readonly endsAt?: string;
}

/** A stored rule. */
export interface Rule extends RuleContent {
  readonly id: string;
}

const selecting = ['items', 'genre', 'minYear', 'maxYear', 'where'] as const;

/** What each kind must say besides its items, and what it may say. */
const fieldsOfKind: Readonly<
  Record<
    RuleKind,
    { readonly needs: readonly (keyof RuleContent)[]; readonly may: readonly (keyof RuleContent)[] }
  >
> = {
  hide: { needs: [], may: selecting },
  pin: { needs: ['items', 'place'], may: [] },
  limit: { needs: ['atMost'], may: [...selecting, 'each'] },
  boost: { needs: ['by'], may: selecting },
  bury: { needs: ['by'], may: selecting },
};

/**
 * Reads a rule as a caller gives it.
 *
 * @throws ArgumentError naming the field, its value and the rule that it breaks
 */
export function readRule(given: unknown): RuleContent {
  const parsed = ruleFields.safeParse(given);
  if (!parsed.success) throw new ArgumentError(faultOf(given, parsed.error.issues[0]!));
  const rule = normalised(parsed.data);
  checkKind(rule);
  const { items, minYear, maxYear, beginsAt, endsAt } = rule;
  if (rule.kind === 'pin' && items!.length > 1) {
    throw new ArgumentError(
      `items has ${items!.length} ids; give one, because a pin puts one item at a place`,
    );
  }
  if (minYear !== undefined && maxYear !== undefined && minYear > maxYear) {
    throw new ArgumentError(
      `minYear is ${minYear} and maxYear is ${maxYear}, so no year fits; give a minYear that is not above maxYear`,
    );
  }
  if (beginsAt !== undefined && endsAt !== undefined && beginsAt >= endsAt) {
    throw new ArgumentError(
      `endsAt is ${endsAt}, not after beginsAt, ${beginsAt}; give a later time`,
    );
  }
  return rule;
}

/** Without the fields that are null, and with times in UTC. */
function normalised(given: z.output<typeof ruleFields>): RuleContent {
  const { beginsAt, endsAt } = given;
  const iso = (time: string | null | undefined) =>
    time && new Date(Math.round(dateIn(time)!.seconds * 1000)).toISOString();
  const all = {
    ...given,
    beginsAt: iso(beginsAt),
    endsAt: iso(endsAt),
  };
  const said = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(said) as unknown as RuleContent;
}

function checkKind(rule: RuleContent): void {
  const { needs, may } = fieldsOfKind[rule.kind];
  const missing = needs.find((field) => rule[field] === undefined);
  if (missing !== undefined) {
    throw new ArgumentError(`${missing} is missing; a ${rule.kind} needs ${needs.join(' and ')}`);
  }
  const general = ['kind', 'name', 'beginsAt', 'endsAt', ...needs, ...may];
  const foreign = Object.keys(rule).find((field) => !general.includes(field));
  if (foreign !== undefined) {
    const value = showValue(rule[foreign as keyof RuleContent]);
    throw new ArgumentError(
      `${foreign} is ${value}; leave it out, because a ${rule.kind} has none`,
    );
  }
  const choices = rule.kind === 'limit' ? [...selecting, 'each'] : selecting;
  const saysWhich = choices.some((field) => rule[field as keyof RuleContent] !== undefined);
  if (!saysWhich) {
    throw new ArgumentError(
      `the ${rule.kind} concerns no items; give ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`,
    );
  }
}

function faultOf(given: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(ruleFields.shape).join(', ');
    return `${issue.keys.map(quote).join(', ')} is not a field of a rule; it has ${known}`;
  }
  const name = issue.path
    .map((part, k) =>
      typeof part === 'number' ? `[${part}]` : `${k > 0 ? '.' : ''}${String(part)}`,
    )
    .join('');
  const value = issue.path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    given,
  );
  if (value === undefined) return `${name} is missing; give ${issue.message}`;
  return `${name || 'the rule'} is ${showValue(value)}; give ${issue.message}`;
}
