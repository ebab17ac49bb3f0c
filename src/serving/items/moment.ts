/** The catalogue and the rules at one moment: what one request answers from. */
import type { KnownItems } from '../known-items.js';
import type { ProfileOptions } from '../ranking/options.js';
import type { ItemRules } from '../rules/item-rules.js';
import { hiddenItems, type ModelRules } from '../rules/model-rules.js';
import type { RulesInForce, ShopRules } from '../rules/rule-book.js';

/** The new items at one version of the catalogue. */
export interface Arrivals {
  /** The newest first. */
  readonly known: KnownItems;
  /** Model indices of those that the model has a place for. */
  readonly inModel: readonly number[];
}

/** What a request says of rules. */
type RuleChoice = Pick<ProfileOptions, 'rules'>;

/** What a moment is made of. */
export interface MomentParts {
  readonly items: KnownItems;
  readonly shop: ShopRules;
  readonly modelRules: ModelRules;
  /** Null where the request wants no new items. */
  readonly arrivals: Arrivals | null;
}

/** What a request answers from, whatever changes meanwhile. */
export class Moment {
  /** The model's items as they are stored. */
  readonly items: KnownItems;
  /** The new items; null where none is asked for. */
  readonly arrivals: Arrivals | null;
  readonly inForce: RulesInForce;
  readonly #modelRules: ModelRules;

  constructor({ items, shop, modelRules, arrivals }: MomentParts) {
    this.items = items;
    this.arrivals = arrivals;
    this.inForce = shop.inForce();
    this.#modelRules = modelRules;
  }

  /** A text that differs where other rules decide an answer; empty where none does. */
  rulesKey({ rules }: RuleChoice): string {
    return rules === 'off' ? '' : this.inForce.key;
  }

  /** The rules that decide an answer; null where none does. */
  rules({ rules }: RuleChoice): ItemRules | null {
    return rules === 'off' ? null : this.#modelRules.of(this.inForce, this.items);
  }

  /** The items that a rule hides, which are in no answer; with repeats. */
  hidden(choice: RuleChoice): number[] {
    return hiddenItems(this.rules(choice));
  }
}
