/** The contents of a SQLite store as a whole. */
import type { Database } from 'better-sqlite3';
import { HomeError } from '../../../errors.js';
import { translateErrors } from '../../../storage/sqlite/package.js';
import {
  type Cell,
  type CopiedContents,
  type CopiedTable,
  CountedContents,
  copiedTables,
  type Row,
  type StoreContents,
  summed,
} from '../copy/contents.js';
import type { Filling } from '../copy/copies.js';
import type { HomePlace } from '../place.js';
import { openDatabase } from './connection.js';
import { emptyLog } from './held-file.js';
import { rebuildSearch } from './schema.js';

/** As `CopyModule` says. */
export async function readContents<T>(
  { folder }: HomePlace,
  use: (contents: StoreContents) => Promise<T>,
): Promise<T> {
  const db = openDatabase(folder);
  try {
    db.exec('BEGIN');
    return await use(contentsOf(db));
  } finally {
    db.close();
  }
}

/** As `CopyModule` says, for a folder without a database: the caller moves it to its place. */
export async function fillStore(
  { folder }: HomePlace,
  { contents }: Filling,
): Promise<CopiedContents> {
  const db = openDatabase(folder, { create: true });
  const use = <T>(work: () => T): T => translateErrors(folder, work);
  try {
    db.exec('BEGIN IMMEDIATE');
    const counted = new CountedContents(contents);
    for (const table of Object.values(copiedTables)) {
      for await (const page of counted.rows(table)) use(() => insert(db, table, page));
    }
    const given = counted.result();
    use(() => db.exec(rebuildSearch));
    const held = await summed(contentsOf(db));
    if (held.sha256 !== given.sha256) throw new HomeError(`the copy in ${folder} differs`);
    use(() => db.exec('COMMIT'));
    emptyLog(db);
    return given;
  } finally {
    db.close();
  }
}

/** The number that the last rule got is kept by SQLite itself. */
const lastRule = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'rules'), 0)";

function contentsOf(db: Database): StoreContents {
  return {
    rows: async function* (table) {
      const names = Object.keys(table.columns);
      const columns = names.map((name) =>
        name === 'last_rule' ? `${lastRule} AS last_rule` : name,
      );
      const key = names[0]!;
      const types = Object.values(table.columns);
      const page = db
        .prepare(
          `SELECT ${columns.join(', ')} FROM ${table.name} WHERE ${key} > ? ORDER BY ${key} LIMIT ${table.rowsAtOnce}`,
        )
        .raw();
      // Numbers are less than texts.
      let last: Cell = types[0] === 'text' ? '' : -1;
      for (;;) {
        const rows = page.all(last) as Cell[][];
        if (rows.length === 0) return;
        last = rows.at(-1)![0]!;
        yield rows.map((row) => row.map((cell, c) => (types[c] === 'boolean' ? cell === 1 : cell)));
      }
    },
  };
}

function insert(db: Database, table: CopiedTable, rows: readonly Row[]): void {
  if (table.name === 'rule_book') {
    insertRuleBook(db, rows[0]!);
    return;
  }
  if (table.name === 'catalogue') {
    db.prepare('UPDATE catalogue SET version = ?, fields = ?').run(...rows[0]!);
    return;
  }
  const names = Object.keys(table.columns);
  const isOne = table.name === 'dataset';
  const places = names.map(() => '?').join(', ');
  const statement = db.prepare(
    `INSERT INTO ${table.name} (${isOne ? 'only, ' : ''}${names.join(', ')}) VALUES (${isOne ? '0, ' : ''}${places})`,
  );
  const types = Object.values(table.columns);
  for (const row of rows) {
    statement.run(...row.map((cell, c) => (types[c] === 'boolean' ? Number(cell) : cell)));
  }
}

function insertRuleBook(db: Database, row: Row): void {
  const [version, last] = row;
  db.prepare('UPDATE rule_book SET version = ?').run(version);
  // Rules that were inserted made the row.
  const changed = db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'rules'").run(last);
  if (changed.changes === 0 && last !== 0) {
    db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('rules', ?)").run(last);
  }
}
