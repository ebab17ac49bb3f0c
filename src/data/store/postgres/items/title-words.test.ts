/** The words of titles: the same as SQLite's. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { nameWords, wordsOf } from './title-words.js';

/** The words that SQLite cuts texts into. */
function sqliteWords(texts: readonly string[]): string[][] {
  const db = new Database(':memory:');
  db.exec(`
    CREATE VIRTUAL TABLE titles USING fts5(name, tokenize = 'unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE words USING fts5vocab(titles, instance);
  `);
  const insert = db.prepare('INSERT INTO titles (rowid, name) VALUES (?, ?)');
  const words: string[][] = texts.map(() => []);
  for (const [k, text] of texts.entries()) insert.run(k, text);
  const rows = db.prepare('SELECT doc, term FROM words ORDER BY doc, offset').raw().all();
  for (const [doc, term] of rows as [number, string][]) words[doc]!.push(term);
  db.close();
  return words;
}

/** Letters of a later Unicode than SQLite's, and one that it forgets. */
const later = new Set([0x1e0, 0x1e1, 0x37f, 0x528, 0x52a, 0x52c, 0x52e]);

describe('wordsOf', () => {
  it.each([
    ['Latin, Greek and Cyrillic', 0x20, 0x52f],
    ['Hebrew', 0x591, 0x5ea],
    ['Arabic', 0x620, 0x6ff],
    ['Latin and Greek with more signs', 0x1e00, 0x1fff],
    ['punctuation', 0x2000, 0x2064],
    ['numbers and letterlike signs', 0x2100, 0x2189],
    ['Kana', 0x3041, 0x30ff],
    ['Han', 0x4e00, 0x9fcc],
    ['Hangul', 0xac00, 0xd7a3],
  ])('cuts as SQLite: %s', (_, first, last) => {
    const texts: string[] = [];
    for (let code = first; code <= last; code++) {
      const sign = String.fromCodePoint(code);
      if (!/\p{Cn}/u.test(sign) && !later.has(code)) texts.push(`a${sign}B ${sign}`);
    }
    expect(texts.map(wordsOf)).toEqual(sqliteWords(texts));
  });

  it.each([
    'Amélie (2001)',
    'sci-fi 1/2 user@host.org "it\'s" 3.5°',
    'Ame\u0301lie',
    'ΟΔΥΣΣΕΥΣ Straße İstanbul ılık',
    '千と千尋の神隠し (2001)',
    'ลุงบุญมีระลึกชาติ',
    '\u0301a \u0301',
    '',
  ])('cuts %j as SQLite', (text) => {
    expect([wordsOf(text)]).toEqual(sqliteWords([text]));
  });

  it('cuts a word that no index of PostgreSQL could hold', () => {
    expect(wordsOf('神'.repeat(700))).toEqual(['神'.repeat(500)]);
  });
});

describe('nameWords', () => {
  it('adds the signs of scripts without blanks, which are not counted', () => {
    expect(nameWords('神と神 Spirited')).toEqual({
      words: '神と神 spirited 神 と',
      wordCount: 2,
    });
    expect(nameWords('" * (')).toEqual({ words: '', wordCount: 0 });
  });
});
