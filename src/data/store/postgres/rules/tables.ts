/** The tables of a shop's rules. */

/** `rule_book.version` is raised by every change of a rule, and `last_rule` is never given to a second rule. */
export const ruleTables: readonly string[] = [
  `CREATE TABLE rules (
  rule bigint PRIMARY KEY,
  content text NOT NULL,          -- JSON
  created_at text NOT NULL,       -- ISO 8601
  changed_at text NOT NULL
)`,
  `CREATE TABLE rule_book (
  only_row integer PRIMARY KEY CHECK (only_row = 0),
  version bigint NOT NULL,
  last_rule bigint NOT NULL
)`,
  `INSERT INTO rule_book VALUES (0, 0, 0)`,
];
