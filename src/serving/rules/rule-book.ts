/** The rules of a home as its answers follow them: read again after each change, and at each time at which one begins or ends. */

import type { Store } from '../../data/store/store.js';
import { Kept } from '../items/kept.js';
import type { Rule, RuleContent } from './rule.js';

/** The part of the store that rules are read from; one without rules has none. */
export type RuleSource = Pick<Store, 'version'> & Partial<Pick<Store, 'rules'>>;

/** The rules that hold at one time. */
export interface RulesInForce {
  /** A text that differs for other rules; empty where none holds. */
  readonly key: string;
  /** Oldest first. */
  readonly rules: readonly Rule[];
}

const none: RulesInForce = { key: '', rules: [] };

/** The rules as they were stored at one time. */
export class ShopRules {
  readonly version: string;
  readonly #rules: readonly Rule[];
  readonly #now: () => number;
  #inForce = none;
  /** The time for which `#inForce` holds, milliseconds since 1970: from the first, until the second. */
  #from = Number.POSITIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  /** @param now - milliseconds since 1970 */
  constructor(version: string, rules: readonly Rule[], now: () => number) {
    this.version = version;
    this.#rules = rules;
    this.#now = now;
  }

  /** All rules, oldest first, with whether each holds now. */
  list(): (Rule & { readonly inForce: boolean })[] {
    const { rules } = this.inForce();
    return this.#rules.map((rule) => ({ ...rule, inForce: rules.includes(rule) }));
  }

  /** The rules that hold now; the same object as long as they stay the same. */
  inForce(): RulesInForce {
    const now = this.#now();
    if (now < this.#from || now >= this.#until) this.#choose(now);
    return this.#inForce;
  }

  #choose(now: number): void {
    const rules = this.#rules;
    const holding = rules.filter((rule) => now >= beginOf(rule) && now < endOf(rule));
    const later = rules
      .flatMap((rule) => [beginOf(rule), endOf(rule)])
      .filter((time) => time > now);
    this.#from = now;
    this.#until = later.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    this.#inForce =
      holding.length === 0
        ? none
        : { key: `${this.version}: ${holding.map(({ id }) => id).join(' ')}`, rules: holding };
  }
}

/** The rules of a home, which follow the store. */
export class RuleBook extends Kept<ShopRules> {
  /** @param now - milliseconds since 1970 */
  constructor(source: RuleSource, now: () => number = () => Date.now()) {
    super({
      version: () => source.version(),
      read: async (before) => {
        const stored = (await source.rules?.()) ?? { version: '', rules: [] };
        if (before?.version === stored.version) return before;
        const rules = stored.rules.map(({ id, content }) => ({ id, ...(content as RuleContent) }));
        return new ShopRules(stored.version, rules, now);
      },
    });
  }
}

const beginOf = ({ beginsAt }: Rule) =>
  beginsAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(beginsAt);
const endOf = ({ endsAt }: Rule) =>
  endsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endsAt);
