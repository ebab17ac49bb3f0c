/** Keeps the rules of a home: lists, creates, changes and deletes them. */

import { itemIdOf } from '../../data/ids.js';
import type { RuleWriter } from '../../data/store/rules.js';
import type { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { ArgumentError, quote } from '../../errors.js';
import { whereTest } from '../filter/where/predicate.js';
import { type Rule, type RuleContent, readRule } from './rule.js';
import { RuleBook } from './rule-book.js';

/** A rule with what to know of it. */
export interface KeptRule extends Rule {
  /** Whether it holds now. */
  readonly inForce: boolean;
}

/** The part of the database that rules are read from and checked against. */
export type RuleHome = Pick<
  RatingsDatabase,
  'rules' | 'version' | 'item' | 'genres' | 'itemFields'
>;

/** Where rules are written. */
export type RuleStore = Pick<RuleWriter, 'create' | 'change' | 'delete'>;

/** The rules of a home. */
export class RuleKeeper {
  readonly #database: RuleHome;
  readonly #store: RuleStore;
  readonly #book: RuleBook;

  constructor(database: RuleHome, store: RuleStore, book = new RuleBook(database)) {
    this.#database = database;
    this.#store = store;
    this.#book = book;
  }

  /** All rules, oldest first. */
  list(): KeptRule[] {
    return this.#book.list();
  }

  /** The rule with an id; null where there is none. */
  get(id: string): KeptRule | null {
    return this.list().find((rule) => rule.id === id) ?? null;
  }

  /**
   * Creates a rule, which holds from the next answer on.
   *
   * @throws ArgumentError naming the field, its value and the rule that it breaks
   */
  async create(given: unknown): Promise<KeptRule> {
    const { id } = await this.#store.create(this.#read(given));
    return this.get(id)!;
  }

  /** Puts other content into a rule; null where there is no such rule. @throws as `create` */
  async replace(id: string, given: unknown): Promise<KeptRule | null> {
    const content = this.#read(given);
    return (await this.#store.change(id, () => content)) && this.get(id);
  }

  /**
   * Changes some fields of a rule; null takes a field away.
   *
   * @returns null where there is no such rule
   * @throws as `create`
   */
  async change(id: string, changes: object): Promise<KeptRule | null> {
    const merge = (content: unknown) => this.#read({ ...(content as RuleContent), ...changes });
    return (await this.#store.change(id, merge)) && this.get(id);
  }

  /** Deletes a rule. Gives whether there was one. */
  delete(id: string): Promise<boolean> {
    return this.#store.delete(id);
  }

  /** With ids as they are stored. @throws ArgumentError also for a genre or a field that no item has */
  #read(given: unknown): RuleContent {
    const rule = readRule(given);
    const { items, genre = [], each, where } = rule;
    const fields = this.#database.itemFields();
    if (where !== undefined) whereTest(where, fields);
    const genres = this.#database.genres().map((stored) => stored.genre);
    for (const name of genre) checkName('genre', name, genres);
    if (each !== undefined) {
      checkName('each', each, ['genre', ...fields.map(({ name }) => name)]);
    }
    if (items === undefined) return rule;
    const ids = items.map((id, k) => itemIdOf(this.#database, id, `items[${k}]`));
    return { ...rule, items: [...new Set(ids)] };
  }
}

/** @throws ArgumentError for a name that is none of those there are */
function checkName(field: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const choices = known.length === 0 ? 'none, as no item has one' : known.join(', ');
  throw new ArgumentError(`${field} is ${quote(name)}; give one of these: ${choices}`);
}
