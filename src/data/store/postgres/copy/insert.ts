/** Inserts the rows of a copy into PostgreSQL. */
import { HomeError, quote } from '../../../../errors.js';
import type { ColumnType, CopiedTable, Row } from '../../copy/contents.js';
import { storedKey } from '../feedback/feedback-table.js';
import { nameWords } from '../items/title-words.js';
import type { Session } from '../session.js';

const types: Readonly<Record<ColumnType, string>> = {
  integer: 'bigint',
  real: 'double precision',
  text: 'text',
  boolean: 'boolean',
  bytes: 'bytea',
};

/** Inserts a page of rows; the one row of `catalogue` and of `rule_book` is there already. */
export async function insert(
  session: Session,
  table: CopiedTable,
  given: readonly Row[],
): Promise<void> {
  const rows = withKeys(table, given, storedKey);
  refuseNul(table, rows);
  const names = Object.keys(table.columns);
  if (table.name === 'catalogue' || table.name === 'rule_book') {
    const changes = names.map((name, c) => `${name} = $${c + 1}`);
    await session.run(`UPDATE store.${table.name} SET ${changes.join(', ')}`, rows[0]);
    return;
  }
  const columns = names.map((_, c) => rows.map((row) => row[c]!));
  const casts = Object.values(table.columns).map((type, c) => `$${c + 1}::${types[type]}[]`);
  if (table.name === 'items') {
    const id = names.indexOf('id');
    const title = names.indexOf('title');
    const words = rows.map((row) => nameWords(String(row[title] ?? row[id])));
    columns.push(
      words.map((name) => name.words),
      words.map((name) => name.wordCount),
    );
    names.push('words', 'word_count');
    casts.push(`$${casts.length + 1}::text[]`, `$${casts.length + 2}::integer[]`);
  }
  const into = table.name === 'dataset' ? ['only_row', ...names] : names;
  const values = table.name === 'dataset' ? ['0', ...names] : names;
  await session.run(
    `INSERT INTO store.${table.name} (${into.join(', ')})
     SELECT ${values.join(', ')} FROM unnest(${casts.join(', ')}) AS copied (${names.join(', ')})`,
    columns,
  );
}

/** The rows with the keys of feedback in another form: PostgreSQL stores them so that they hold no NUL. */
export function withKeys(
  table: CopiedTable,
  rows: readonly Row[],
  form: (key: string) => string,
): readonly Row[] {
  if (table.name !== 'feedback') return rows;
  const place = Object.keys(table.columns).indexOf('key');
  return rows.map((row) => row.map((cell, c) => (c === place ? form(String(cell)) : cell)));
}

/** @throws HomeError for a text with NUL, which only files that older versions imported can have brought */
function refuseNul(table: CopiedTable, rows: readonly Row[]): void {
  for (const row of rows) {
    const place = row.findIndex((cell) => typeof cell === 'string' && cell.includes('\0'));
    if (place < 0) continue;
    const column = Object.keys(table.columns)[place];
    throw new HomeError(
      `${column} of ${quote(String(row[1]))} in ${table.name} holds the character NUL, which PostgreSQL cannot store; change it in the home first`,
    );
  }
}
