/** The rules of a home, for a program and for the command line. */

import type { HomeAt } from '../../data/store/place.js';
import type { RuleContent } from '../../serving/rules/rule.js';
import { type KeptRule, RuleKeeper } from '../../serving/rules/rule-keeper.js';
import { withStore } from '../place/opened.js';

/** What a change says of a rule's fields; null takes a field away. */
export type RuleChange = {
  readonly [Field in keyof RuleContent]?: RuleContent[Field] | null;
};

/** The rules of a home. Every process that serves the home follows a change with its next answer. */
export class HomeRules {
  readonly #home: HomeAt;

  constructor(home: HomeAt) {
    this.#home = home;
  }

  /** All rules, oldest first, and whether each holds now. @throws HomeError when there is no home */
  list(): Promise<KeptRule[]> {
    return this.#ask((keeper) => keeper.list());
  }

  /**
   * Creates a rule.
   *
   * @throws ArgumentError naming the field, its value and the rule that it breaks
   * @throws BusyError when another process writes for longer than a second
   */
  create(rule: RuleContent): Promise<KeptRule> {
    return this.#ask((keeper) => keeper.create(rule));
  }

  /** Writes a rule anew; null where there is none with this id. @throws as `create` */
  replace(id: string, rule: RuleContent): Promise<KeptRule | null> {
    return this.#ask((keeper) => keeper.replace(id, rule));
  }

  /** Changes some fields of a rule; null where there is none with this id. @throws as `create` */
  change(id: string, changes: RuleChange): Promise<KeptRule | null> {
    return this.#ask((keeper) => keeper.change(id, changes));
  }

  /** Deletes a rule. Gives whether there was one. @throws BusyError */
  delete(id: string): Promise<boolean> {
    return this.#ask((keeper) => keeper.delete(id));
  }

  #ask<T>(question: (keeper: RuleKeeper) => Promise<T>): Promise<T> {
    return withStore(this.#home, (store) => question(new RuleKeeper(store, store.ruleWriter)));
  }
}
