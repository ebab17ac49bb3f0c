/** Keeps the rules of a home: lists, creates, changes and deletes them. */

import { itemIdOf } from '../../data/ids.js';
import type { Field } from '../../data/items/fields.js';
import type { RuleWriter } from '../../data/store/rules.js';
import type { Store } from '../../data/store/store.js';
import { ArgumentError, quote } from '../../errors.js';
import { whereTest } from '../filter/where/predicate.js';
import { type Rule, type RuleContent, readRule } from './rule.js';
import { RuleBook } from './rule-book.js';

/** A rule with what to know of it. */
export interface KeptRule extends Rule {
  /** Whether it holds now. */
  readonly inForce: boolean;
}

/** The part of the store that rules are read from and checked against. */
export type RuleHome = Pick<Store, 'rules' | 'version' | 'item' | 'genres' | 'itemFields'>;

/** Where rules are written. */
export type RuleStore = Pick<RuleWriter, 'create' | 'change' | 'delete'>;

/** The rules of a home. */
export class RuleKeeper {
  readonly #home: RuleHome;
  readonly #store: RuleStore;
  readonly #book: RuleBook;

  constructor(home: RuleHome, store: RuleStore, book = new RuleBook(home)) {
    this.#home = home;
    this.#store = store;
    this.#book = book;
  }

  /** All rules, oldest first. */
  async list(): Promise<KeptRule[]> {
    return (await this.#book.current()).list();
  }

  /** The rule with an id; null where there is none. */
  async get(id: string): Promise<KeptRule | null> {
    return (await this.list()).find((rule) => rule.id === id) ?? null;
  }

  /**
   * Creates a rule, which holds from the next answer on.
   *
   * @throws ArgumentError naming the field, its value and the rule that it breaks
   */
  async create(given: unknown): Promise<KeptRule> {
    const { id } = await this.#store.create(await this.#read(given));
    return (await this.get(id))!;
  }

  /** Puts other content into a rule; null where there is no such rule. @throws as `create` */
  async replace(id: string, given: unknown): Promise<KeptRule | null> {
    const content = await this.#read(given);
    return (await this.#store.change(id, () => content)) && this.get(id);
  }

  /**
   * Changes some fields of a rule; null takes a field away.
   *
   * @returns null where there is no such rule
   * @throws as `create`
   */
  async change(id: string, changes: object): Promise<KeptRule | null> {
    const reading = await this.#reading(changes);
    const merge = (content: unknown) =>
      readContent({ ...(content as RuleContent), ...changes }, reading);
    return (await this.#store.change(id, merge)) && this.get(id);
  }

  /** Deletes a rule. Gives whether there was one. */
  delete(id: string): Promise<boolean> {
    return this.#store.delete(id);
  }

  async #read(given: unknown): Promise<RuleContent> {
    return readContent(given, await this.#reading(given));
  }

  /** What a rule is checked against. It is read before the rule is written, which waits for nothing. */
  async #reading(given: unknown): Promise<RuleReading> {
    const { items } = (given ?? {}) as { readonly items?: unknown };
    const ids = new Map<string, string | ArgumentError>();
    for (const [k, text] of (Array.isArray(items) ? items : []).entries()) {
      if (typeof text !== 'string' || ids.has(text)) continue;
      const id = itemIdOf(this.#home, text, `items[${k}]`);
      ids.set(text, await id.catch(asArgumentError));
    }
    const genres = (await this.#home.genres()).map(({ genre }) => genre);
    return { fields: await this.#home.itemFields(), genres, ids };
  }
}

/** What is stored when a rule is read. */
interface RuleReading {
  readonly fields: readonly Field[];
  readonly genres: readonly string[];
  /** By the text that a caller gives: the id that is meant, or what is wrong with it. */
  readonly ids: ReadonlyMap<string, string | ArgumentError>;
}

/** A rule with ids as they are stored. @throws ArgumentError also for a genre or a field that no item has */
function readContent(given: unknown, { fields, genres, ids }: RuleReading): RuleContent {
  const rule = readRule(given);
  const { items, genre = [], each, where } = rule;
  if (where !== undefined) whereTest(where, fields);
  for (const name of genre) checkName('genre', name, genres);
  if (each !== undefined) checkName('each', each, ['genre', ...fields.map(({ name }) => name)]);
  if (items === undefined) return rule;
  const meant = items.map((text) => {
    // An id that the rule has already is one.
    const id = ids.get(text) ?? text;
    if (id instanceof ArgumentError) throw id;
    return id;
  });
  return { ...rule, items: [...new Set(meant)] };
}

function asArgumentError(error: unknown): ArgumentError {
  if (error instanceof ArgumentError) return error;
  throw error;
}

/** @throws ArgumentError for a name that is none of those there are */
function checkName(field: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const choices = known.length === 0 ? 'none, as no item has one' : known.join(', ');
  throw new ArgumentError(`${field} is ${quote(name)}; give one of these: ${choices}`);
}
