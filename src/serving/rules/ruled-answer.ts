/** The rules at work on one answer: what is hidden, pinned and limited, and which rules changed something. */

import { bestOf } from '../../model/ranking/moved-scores.js';
import type { ItemRules, Pin } from './item-rules.js';
import type { RuleKind } from './rule.js';

/** A rule that changed an answer. */
export interface AppliedRule {
  readonly id: string;
  readonly kind: RuleKind;
  /** Null where it has none. */
  readonly name: string | null;
}

/**
 * One answer under rules. Hiding comes first, then pins, then limits; what is pinned counts for the limits, and stays.
 */
export class RuledAnswer {
  /** Items that the ranking leaves out: those of the request, the hidden ones, and the pinned ones. */
  readonly mask: readonly number[];
  /** The pins whose items the answer may hold, by place. */
  readonly pins: readonly Pin[];
  /** Whether the order is not that of the model's scores alone. */
  readonly reorders: boolean;
  readonly #rules: ItemRules;
  readonly #applied = new Set<string>();
  /** The ids of the rules that an item's place is due to, by item. */
  readonly #marks = new Map<number, string[]>();

  /** @param mask - items that the request leaves out, whatever the rules say */
  constructor(rules: ItemRules, mask: readonly number[]) {
    this.#rules = rules;
    const leftOut = new Set(mask);
    const isAllowed = (item: number) => !leftOut.has(item);
    const hides = rules.hides.map(({ rule, items }) => ({ rule, items: items.filter(isAllowed) }));
    for (const { rule, items } of hides) {
      if (items.length > 0) this.#applied.add(rule.id);
    }
    for (const { items } of hides) for (const item of items) leftOut.add(item);
    this.pins = rules.pins.filter(({ item }) => isAllowed(item));
    for (const { rule, item } of this.pins) this.#mark(rule.id, item);
    for (const { rule, items } of rules.moves) {
      for (const item of items) if (isAllowed(item)) this.#mark(rule.id, item);
    }
    for (const { item } of this.pins) leftOut.add(item);
    this.mask = [...leftOut];
    this.reorders =
      this.pins.length > 0 ||
      rules.limits.length > 0 ||
      rules.moves.some(({ rule }) => this.#applied.has(rule.id));
  }

  /** [I], of the rules. */
  get shifts(): Float64Array | null {
    return this.#rules.shifts;
  }

  /**
   * The best items that are neither left out nor dropped by a limit, without the pinned ones, best first.
   *
   * @param scores - [I], moved
   * @param n - how many at most
   */
  best(scores: Float64Array, n: number): number[] {
    // A limit may drop most of the best items, so twice as many are tried until enough stay.
    for (let tried = n; ; tried *= 2) {
      const ranked = bestOf(scores, this.mask, tried);
      const admitted = this.admitted(ranked);
      if (admitted.length >= n || ranked.length < tried) return admitted.slice(0, n);
    }
  }

  /**
   * The items that no limit drops, best first. An item counts in all limits that it belongs to once it is admitted.
   *
   * @param ranked - items from the best on, without the pinned ones
   */
  admitted(ranked: readonly number[]): number[] {
    const { limits } = this.#rules;
    if (limits.length === 0) return [...ranked];
    const counts = limits.map(() => new Map<string, number>());
    const groupsOf = (limit: number, item: number) => limits[limit]!.groups.get(item) ?? [];
    const count = (item: number) => {
      counts.forEach((counted, limit) => {
        for (const group of groupsOf(limit, item)) {
          counted.set(group, (counted.get(group) ?? 0) + 1);
        }
      });
    };
    for (const { item } of this.pins) count(item);
    return ranked.filter((item) => {
      const full = limits.find(({ atMost }, limit) =>
        groupsOf(limit, item).some((group) => (counts[limit]!.get(group) ?? 0) >= atMost),
      );
      if (full === undefined) count(item);
      else this.#applied.add(full.rule.id);
      return full === undefined;
    });
  }

  /**
   * The rules that changed the answer, oldest first, and for each item of a page the ids of those that its place is due
   * to. Call it once the items are ranked.
   */
  on(items: readonly number[]): { applied: AppliedRule[]; marks: (readonly string[])[] } {
    const applied = this.#rules.rules
      .filter(({ id }) => this.#applied.has(id))
      .map(({ id, kind, name = null }) => ({ id, kind, name }));
    return { applied, marks: items.map((item) => this.#marks.get(item) ?? []) };
  }

  #mark(id: string, item: number): void {
    this.#applied.add(id);
    const marks = this.#marks.get(item);
    if (marks === undefined) this.#marks.set(item, [id]);
    else marks.push(id);
  }
}

/**
 * Puts pinned items into a list: each at its place, or at the next free one, or at the end of a list that is shorter.
 *
 * @param rest - the list without the pinned items, best first
 * @param pins - by place
 * @param length - how many items to give at most
 */
export function withPins(
  rest: readonly number[],
  pins: readonly Pick<Pin, 'item' | 'place'>[],
  length: number,
): number[] {
  const items: number[] = [];
  let next = 0;
  let pin = 0;
  while (items.length < length) {
    const pinned = pins[pin];
    const isDue = pinned !== undefined && (pinned.place <= items.length + 1 || next >= rest.length);
    if (isDue) {
      items.push(pinned.item);
      pin++;
    } else if (next < rest.length) items.push(rest[next++]!);
    else break;
  }
  return items;
}
