/** The table of a shop's rules. It knows their place and time of change; what they say is JSON to it. */
import type { Database } from 'better-sqlite3';
import { ruleNumber, type StoredRule, type StoredRules } from '../../rules.js';

/** The rules since version 8 of the schema. `rule_book.version` is raised by every change of a rule. */
export const ruleTables = `
CREATE TABLE rules (
  rule INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to a second rule
  content TEXT NOT NULL,          -- JSON
  created_at TEXT NOT NULL,       -- ISO 8601
  changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE rule_book (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO rule_book VALUES (0, 0);
`;

const columns = 'rule, content, created_at AS createdAt, changed_at AS changedAt';

interface Row {
  readonly rule: number;
  readonly content: string;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** The rules of a home, oldest first. Writes belong into a transaction of the caller's. */
export class RuleTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param opening - tells the files apart that take each other's place */
  stored(opening: number): StoredRules {
    const version = this.#db.prepare('SELECT version FROM rule_book').pluck().get() as number;
    return { version: `${opening} ${version}`, rules: this.all() };
  }

  all(): StoredRule[] {
    const rows = this.#db.prepare(`SELECT ${columns} FROM rules ORDER BY rule`).all();
    return (rows as Row[]).map(ruleOf);
  }

  /** The rule with an id; null where there is none. */
  get(id: string): StoredRule | null {
    const row = this.#db.prepare(`SELECT ${columns} FROM rules WHERE rule = ?`).get(ruleNumber(id));
    return row === undefined ? null : ruleOf(row as Row);
  }

  count(): number {
    return this.#db.prepare('SELECT count(*) FROM rules').pluck().get() as number;
  }

  insert(content: unknown): StoredRule {
    const now = new Date().toISOString();
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO rules (content, created_at, changed_at) VALUES (?, ?, ?)')
      .run(JSON.stringify(content), now, now);
    this.#raise();
    return { id: String(lastInsertRowid), content, createdAt: now, changedAt: now };
  }

  /** Puts other content into a rule that is there. */
  update(id: string, content: unknown): void {
    this.#db
      .prepare('UPDATE rules SET content = ?, changed_at = ? WHERE rule = ?')
      .run(JSON.stringify(content), new Date().toISOString(), ruleNumber(id));
    this.#raise();
  }

  /** Whether there was such a rule. */
  delete(id: string): boolean {
    const { changes } = this.#db.prepare('DELETE FROM rules WHERE rule = ?').run(ruleNumber(id));
    if (changes > 0) this.#raise();
    return changes > 0;
  }

  #raise(): void {
    this.#db.prepare('UPDATE rule_book SET version = version + 1').run();
  }
}

function ruleOf({ rule, content, createdAt, changedAt }: Row): StoredRule {
  return { id: String(rule), content: JSON.parse(content), createdAt, changedAt };
}
