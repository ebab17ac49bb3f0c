/** The rules of a home as its answers follow them: read again after each change, and at each time at which one begins or ends. */

import type { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import type { Rule, RuleContent } from './rule.js';

/** The part of the database that rules are read from; one without rules has none. */
export type RuleSource = Pick<RatingsDatabase, 'version'> & Partial<Pick<RatingsDatabase, 'rules'>>;

/** The rules that hold at one time. */
export interface RulesInForce {
  /** A text that differs for other rules; empty where none holds. */
  readonly key: string;
  /** Oldest first. */
  readonly rules: readonly Rule[];
}

const none: RulesInForce = { key: '', rules: [] };

/** The rules of a home. */
export class RuleBook {
  readonly #source: RuleSource;
  readonly #now: () => number;
  /** The database's version when the rules were looked for. */
  #seen = Number.NaN;
  #stored: { readonly version: string; readonly rules: readonly Rule[] } = {
    version: '',
    rules: [],
  };
  #inForce = none;
  /** The time for which `#inForce` holds, milliseconds since 1970: from the first, until the second. */
  #from = Number.POSITIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  /** @param now - milliseconds since 1970 */
  constructor(source: RuleSource, now: () => number = () => Date.now()) {
    this.#source = source;
    this.#now = now;
  }

  /** All rules, oldest first, with whether each holds now. */
  list(): (Rule & { readonly inForce: boolean })[] {
    const { rules } = this.inForce();
    return this.#stored.rules.map((rule) => ({ ...rule, inForce: rules.includes(rule) }));
  }

  /** The rules that hold now. */
  inForce(): RulesInForce {
    const version = this.#source.version();
    if (version !== this.#seen) {
      const stored = this.#source.rules?.() ?? { version: '', rules: [] };
      this.#seen = version;
      if (stored.version !== this.#stored.version) {
        const rules = stored.rules.map(({ id, content }) => ({ id, ...(content as RuleContent) }));
        this.#stored = { version: stored.version, rules };
        this.#until = Number.NEGATIVE_INFINITY;
      }
    }
    const now = this.#now();
    if (now < this.#from || now >= this.#until) this.#choose(now);
    return this.#inForce;
  }

  #choose(now: number): void {
    const { version, rules } = this.#stored;
    const holding = rules.filter((rule) => now >= beginOf(rule) && now < endOf(rule));
    const later = rules
      .flatMap((rule) => [beginOf(rule), endOf(rule)])
      .filter((time) => time > now);
    this.#from = now;
    this.#until = later.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    this.#inForce =
      holding.length === 0
        ? none
        : { key: `${version}: ${holding.map(({ id }) => id).join(' ')}`, rules: holding };
  }
}

const beginOf = ({ beginsAt }: Rule) =>
  beginsAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(beginsAt);
const endOf = ({ endsAt }: Rule) =>
  endsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endsAt);
