/** The rules in force as they concern one model's items, found once for each state of rules and catalogue. */

import type { KnownItems } from '../known-items.js';
import { type ItemRules, itemRules } from './item-rules.js';
import type { RulesInForce } from './rule-book.js';

/** The rules of a shop for one model. */
export class ModelRules {
  #latest: { readonly version: string; readonly rules: ItemRules } | null = null;

  /** The rules over a model's items; null where none is in force. */
  of(inForce: RulesInForce, items: KnownItems): ItemRules | null {
    if (inForce.rules.length === 0) return null;
    const version = `${inForce.key} ${items.catalogueVersion}`;
    if (this.#latest?.version !== version) {
      this.#latest = { version, rules: itemRules(items, inForce.rules) };
    }
    return this.#latest.rules;
  }
}

/** The items that a rule hides, which are in no answer; with repeats. */
export function hiddenItems(rules: ItemRules | null): number[] {
  return (rules?.hides ?? []).flatMap(({ items }) => items);
}
