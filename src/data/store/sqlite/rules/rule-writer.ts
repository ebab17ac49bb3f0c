/** Writes a shop's rules while they are served. */
import { maxRules, type RuleWriter, type StoredRule, tooManyRules } from '../../rules.js';
import { WriteQueue } from '../writing/write-queue.js';
import { RuleTable } from './rule-table.js';

/**
 * Creates, changes and deletes rules. When a promise resolves, the disk has the change, and every process that serves
 * the home follows with its next answer.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the database
 * cannot be written. Nothing is stored then.
 */
export class SqliteRuleWriter implements RuleWriter {
  readonly #queue: WriteQueue;

  /** Opens nothing yet: the first write opens the home. */
  constructor(home: string) {
    this.#queue = new WriteQueue(home);
  }

  /** @throws ArgumentError when there are too many rules */
  create(content: unknown): Promise<StoredRule> {
    return this.#queue.add((db) => {
      const table = new RuleTable(db);
      if (table.count() >= maxRules) throw tooManyRules();
      return table.insert(content);
    });
  }

  /**
   * Puts other content into a rule; null where there is no such rule.
   *
   * @param change - the new content from the old; what it throws leaves the rule as it is
   */
  change(id: string, change: (content: unknown) => unknown): Promise<StoredRule | null> {
    return this.#queue.add((db) => {
      const table = new RuleTable(db);
      const rule = table.get(id);
      if (rule === null) return null;
      table.update(id, change(rule.content));
      return table.get(id);
    });
  }

  /** Whether there was such a rule. */
  delete(id: string): Promise<boolean> {
    return this.#queue.add((db) => new RuleTable(db).delete(id));
  }

  /** Commits what waits, and closes the database. */
  close(): void {
    this.#queue.close();
  }
}
