/** The rules in force over the items of one model: ids and conditions as item indices. */

import { ArgumentError } from '../../errors.js';
import type { ItemFilter, KnownItems } from '../known-items.js';
import type { Rule, RuleSelection } from './rule.js';

/** A rule with the items that it concerns. */
export interface ConcernedItems {
  readonly rule: Rule;
  /** Item indices, without repeats. */
  readonly items: readonly number[];
}

/** An item at a place. */
export interface Pin {
  readonly rule: Rule;
  readonly item: number;
  /** From 1 on. */
  readonly place: number;
}

/** A limit with what it counts. */
export interface Limit {
  readonly rule: Rule;
  readonly atMost: number;
  /** By item, the groups that it counts in; an item that is absent counts in none. */
  readonly groups: ReadonlyMap<number, readonly string[]>;
}

/** The rules in force over a model's items. */
export interface ItemRules {
  /** Oldest first. */
  readonly rules: readonly Rule[];
  readonly hides: readonly ConcernedItems[];
  /** By place; those of one place by age. An item is there once. */
  readonly pins: readonly Pin[];
  readonly limits: readonly Limit[];
  /** Boosts and buries. */
  readonly moves: readonly ConcernedItems[];
  /** [I], how far each item moves, in parts of the range of the scores; null where none does. */
  readonly shifts: Float64Array | null;
}

/** What items are looked up in. */
export type RuledItems = Pick<
  KnownItems,
  'count' | 'indices' | 'indexOf' | 'mask' | 'others' | 'valuesOf'
>;

/** Finds the items of rules. A condition that the data cannot answer any more concerns no item. */
export function itemRules(known: RuledItems, rules: readonly Rule[]): ItemRules {
  const of = (...kinds: readonly string[]) => rules.filter(({ kind }) => kinds.includes(kind));
  const concerned = (rule: Rule) => ({ rule, items: itemsOf(known, rule) });
  const moves = of('boost', 'bury').map(concerned);
  return {
    rules,
    hides: of('hide').map(concerned),
    pins: pinsOf(known, of('pin')),
    limits: of('limit').map((rule) => limitOf(known, rule)),
    moves,
    shifts: shiftsOf(known.count, moves),
  };
}

/** The items that fit a rule's selection, and that an answer may hold. */
export function itemsOf(known: RuledItems, { items, ...filter }: RuleSelection): number[] {
  const named = items && known.indices(items);
  const { genre, minYear, maxYear, where } = filter;
  const conditions: ItemFilter = { genre, minYear, maxYear, where };
  const isFiltered = Object.values(conditions).some((value) => value !== undefined);
  if (!isFiltered) return named ?? known.others([]);
  try {
    const fitting = known.others(known.mask([], conditions));
    if (named === undefined) return fitting;
    const isFitting = new Set(fitting);
    return named.filter((item) => isFitting.has(item));
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return [];
  }
}

function pinsOf(known: RuledItems, rules: readonly Rule[]): Pin[] {
  const pins = rules.flatMap((rule) => {
    const item = known.indexOf(rule.items![0]!);
    return item === undefined ? [] : [{ rule, item, place: rule.place! }];
  });
  const first = new Set<number>();
  return pins
    .toSorted((a, b) => a.place - b.place || Number(a.rule.id) - Number(b.rule.id))
    .filter(({ item }) => first.size < first.add(item).size);
}

function limitOf(known: RuledItems, rule: Rule): Limit {
  const items = itemsOf(known, rule);
  const { atMost, each } = rule;
  const values = each === undefined ? null : known.valuesOf(items, each);
  const groups = items.map((item, k) => [item, values === null ? ['all'] : values[k]!] as const);
  return { rule, atMost: atMost!, groups: new Map(groups) };
}

function shiftsOf(count: number, moves: readonly ConcernedItems[]): Float64Array | null {
  if (moves.length === 0) return null;
  const shifts = new Float64Array(count);
  for (const { rule, items } of moves) {
    const by = rule.kind === 'boost' ? rule.by! : -rule.by!;
    for (const item of items) shifts[item]! += by;
  }
  return shifts;
}
