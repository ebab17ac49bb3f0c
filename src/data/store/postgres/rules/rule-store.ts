/** Reads and writes a shop's rules in PostgreSQL. */
import {
  maxRules,
  type RuleWriter,
  ruleNumber,
  type StoredRule,
  type StoredRules,
  tooManyRules,
} from '../../rules.js';
import type { Connection } from '../connection.js';
import type { Session } from '../session.js';

const columns = 'rule, content, created_at AS "createdAt", changed_at AS "changedAt"';

interface RuleRow {
  readonly rule: number;
  /** JSON */
  readonly content: string;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** The rules of a store. Writes happen one after another, so no change is lost. */
export class PostgresRules implements RuleWriter {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All rules, oldest first. */
  stored(): Promise<StoredRules> {
    return this.#connection.snapshot(async (session) => {
      const [book] = await session.query<{ version: string }>(
        "SELECT born || ' ' || version AS version FROM store.about, store.rule_book",
      );
      const rows = await session.query<RuleRow>(`SELECT ${columns} FROM store.rules ORDER BY rule`);
      return { version: book!.version, rules: rows.map(ruleOf) };
    });
  }

  create(content: unknown): Promise<StoredRule> {
    return this.#write(async (session) => {
      const [count] = await session.query<{ rules: number }>(
        'SELECT count(*) AS rules FROM store.rules',
      );
      if (count!.rules >= maxRules) throw tooManyRules();
      const now = new Date().toISOString();
      const [row] = await session.query<RuleRow>(
        `WITH book AS (
           UPDATE store.rule_book SET version = version + 1, last_rule = last_rule + 1 RETURNING last_rule
         )
         INSERT INTO store.rules (rule, content, created_at, changed_at)
         SELECT last_rule, $1, $2, $2 FROM book RETURNING ${columns}`,
        [JSON.stringify(content), now],
      );
      return ruleOf(row!);
    });
  }

  change(id: string, change: (content: unknown) => unknown): Promise<StoredRule | null> {
    return this.#write(async (session) => {
      const number = ruleNumber(id);
      const [before] = await session.query<RuleRow>(
        `SELECT ${columns} FROM store.rules WHERE rule = $1`,
        [number],
      );
      if (before === undefined) return null;
      const content = change(ruleOf(before).content);
      const [after] = await session.query<RuleRow>(
        `UPDATE store.rules SET content = $2, changed_at = $3 WHERE rule = $1 RETURNING ${columns}`,
        [number, JSON.stringify(content), new Date().toISOString()],
      );
      await raise(session);
      return ruleOf(after!);
    });
  }

  delete(id: string): Promise<boolean> {
    return this.#write(async (session) => {
      const deleted = await session.run('DELETE FROM store.rules WHERE rule = $1', [
        ruleNumber(id),
      ]);
      if (deleted > 0) await raise(session);
      return deleted > 0;
    });
  }

  #write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#connection.transaction(work, { write: true });
  }
}

async function raise(session: Session): Promise<void> {
  await session.run('UPDATE store.rule_book SET version = version + 1');
}

function ruleOf({ rule, content, createdAt, changedAt }: RuleRow): StoredRule {
  return { id: String(rule), content: JSON.parse(content) as unknown, createdAt, changedAt };
}
