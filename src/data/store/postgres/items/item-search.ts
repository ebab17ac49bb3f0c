/** The SQL that lists items, or finds them by the words of their titles. */
import type { ItemQuestion } from '../../catalogue.js';
import { searchWords } from '../../items/search-words.js';
import { signsOf, wordsOf } from './title-words.js';

/** A query with the values of its parameters. */
export interface ListQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The SQL of how many users clicked or rated an item. */
const users = '(items.ratings + items.feedback_users)';
const weight = `ln((2 + ${users})::double precision)`;
const name = 'coalesce(items.title, items.id)';
/** ASCII letters alone change their case in this collation. */
const lowerName = `lower(${name} COLLATE "C")`;
/** The expression that the index of words has. */
const indexed = `array_to_tsvector(string_to_array(items.words, ' '))`;

/** The columns of an `ItemSummary`. */
export const summaryColumns = `items.id, items.title, items.year, items.genres, ${users} AS clicks, items.available,
  items.added_at AS "addedAt"`;

/** The orders that need no query. Ties go to the item that came first. */
const orders = {
  popular: `${users} DESC`,
  newest: 'items.added_at DESC NULLS LAST',
  title: `${lowerName} COLLATE "C"`,
} as const;

/** The values of a query's parameters. */
class Values {
  readonly list: unknown[] = [];

  /** The place of a value, with its type. */
  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }
}

/** A word of the query: one or more words that stand next to each other, the last one perhaps unfinished. */
interface Phrase {
  /** Whether a title fits. */
  readonly condition: string;
  /** How often the phrase stands in a title that fits. */
  readonly count: () => string;
}

/**
 * The query for a list of items; null where nothing can be found.
 *
 * A match is ranked by BM25, as SQLite's search ranks it; by the part of the title that matched, where no word of the
 * query is in a script with blanks. For these the index knows which titles have all the signs.
 */
export function listQuery({
  query = '',
  sort,
  n,
  offset = 0,
  unavailable = false,
}: ItemQuestion): ListQuery | null {
  const isSearch = query.trim() !== '';
  const { beginnings, parts } = searchWords(query);
  const values = new Values();
  const phrases = beginnings
    .map(wordsOf)
    .filter((words) => words.length > 0)
    .map((words) => phraseOf(words, values));
  const isIndexed = beginnings.length > 0;
  if (isSearch && phrases.length === 0 && (isIndexed || parts.length === 0)) return null;
  const conditions = [
    'NOT items.removed',
    ...(unavailable ? [] : ['items.available']),
    ...phrases.map(({ condition }) => condition),
    ...parts.map((part) => hasPart(part, values)),
  ];
  const isByMatch = sort === undefined || sort === 'match';
  const order = isSearch && isByMatch ? bestFirst(phrases) : orders[isByMatch ? 'popular' : sort];
  const text = `SELECT ${summaryColumns} FROM store.items, store.catalogue WHERE ${conditions.join(' AND ')}
    ORDER BY ${order}, items.item_index LIMIT ${values.add(n, 'bigint')} OFFSET ${values.add(offset, 'bigint')}`;
  return { text, values: values.list };
}

function phraseOf(words: readonly string[], values: Values): Phrase {
  const terms = words.map((word, w) => termOf(word, w === words.length - 1));
  const isThere = `${indexed} @@ ${values.add(terms.join(' & '), 'tsquery')}`;
  // Every word has a blank before it.
  const title = `(' ' || items.words)`;
  const text = ` ${words.join(' ')}`;
  const condition =
    // Stryker disable next-line ConditionalExpression: of one word, the second part follows from the first.
    words.length === 1
      ? isThere
      : `(${isThere} AND strpos(${title}, ${values.add(text, 'text')}) > 0)`;
  const count = () => {
    const place = values.add(text, 'text');
    return new Set(words).size === words.length
      ? `(char_length(${title}) - char_length(replace(${title}, ${place}, ''))) / char_length(${place})`
      : // Such as ha-ha, which stands in Ha-Ha-Ha twice.
        `(SELECT count(*) FROM regexp_matches(${title}, '(?=' || ${place} || ')', 'g'))`;
  };
  return { condition, count };
}

/** A word holds letters and digits alone. */
function termOf(word: string, isUnfinished: boolean): string {
  return isUnfinished ? `'${word}':*` : `'${word}'`;
}

function hasPart(part: string, values: Values): string {
  const signs = signsOf(part).map((sign) => termOf(sign, false));
  const isThere = `${indexed} @@ ${values.add(signs.join(' & '), 'tsquery')}`;
  const lower = part.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `(${isThere} AND strpos(${lowerName}, ${values.add(lower, 'text')}) > 0)`;
}

function bestFirst(phrases: readonly Phrase[]): string {
  if (phrases.length === 0) return `${weight} / char_length(${name}) DESC`;
  return `(${bm25(phrases)}) * ${weight} DESC`;
}

/**
 * How well a title matches, before it is weighted by the users of the item:
 *
 *   Σ_phrases idf · f · (k1 + 1) / (f + k1 · (1 - b + b · words / mean words)), k1 = 1.2, b = 0.75
 *
 * with f the count of the phrase in the title, and idf = ln((N - hits + 0.5) / (hits + 0.5)), or 1e-6 if that is not
 * above 0. Removed items are among the N and the hits, as in SQLite's index.
 */
function bm25(phrases: readonly Phrase[]): string {
  const length = 'items.word_count * catalogue.names / catalogue.words::double precision';
  const scores = phrases.map(({ condition, count }) => {
    const hits = `(SELECT count(*)::double precision FROM store.items WHERE ${condition})`;
    const idf = `(SELECT CASE WHEN idf > 0 THEN idf ELSE 1e-6 END
      FROM (SELECT ln((names - hits + 0.5) / (hits + 0.5)) AS idf FROM store.catalogue, LATERAL ${hits} AS found (hits)) AS rare)`;
    const f = `(${count()})::double precision`;
    return `${idf} * (${f} * 2.2) / (${f} + 1.2 * (0.25 + 0.75 * ${length}))`;
  });
  return scores.join(' + ');
}
