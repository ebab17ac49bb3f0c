/** The rules in force as they concern one model's items, found once for each state of rules and catalogue. */

import type { KnownItems } from '../known-items.js';
import type { ProfileOptions } from '../ranking/options.js';
import { type ItemRules, itemRules } from './item-rules.js';
import type { RuleBook } from './rule-book.js';

/** What a request says of rules. */
type RuleChoice = Pick<ProfileOptions, 'rules'>;

/** The rules of a shop for one model. */
export class ModelRules {
  readonly #book: RuleBook | null;
  readonly #items: KnownItems;
  #latest: { readonly version: string; readonly rules: ItemRules } | null = null;

  /** @param book - null for a shop without rules */
  constructor(book: RuleBook | null, items: KnownItems) {
    this.#book = book;
    this.#items = items;
  }

  /** A text that differs where other rules decide an answer; empty where none does. */
  key({ rules }: RuleChoice): string {
    return rules === 'off' ? '' : (this.#book?.inForce().key ?? '');
  }

  /** The rules that decide an answer; null where none does. */
  of({ rules }: RuleChoice): ItemRules | null {
    const inForce = rules === 'off' ? undefined : this.#book?.inForce();
    if (inForce === undefined || inForce.rules.length === 0) return null;
    const version = `${inForce.key} ${this.#items.catalogueVersion}`;
    if (this.#latest?.version !== version) {
      this.#latest = { version, rules: itemRules(this.#items, inForce.rules) };
    }
    return this.#latest.rules;
  }

  /** The items that a rule hides, which are in no answer; with repeats. */
  hidden(choice: RuleChoice): number[] {
    return (this.of(choice)?.hides ?? []).flatMap(({ items }) => items);
  }
}
