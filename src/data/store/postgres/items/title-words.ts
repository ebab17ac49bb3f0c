/**
 * Cuts titles and queries into words, as SQLite's `unicode61 remove_diacritics 2` does, so that both stores find the same
 * items.
 *
 * PostgreSQL's own parser takes `sci-fi`, `1/2` and `user@host` for words of other kinds, and it keeps diacritics.
 */

/** Combining marks that are a part of a word, and are left out of it. */
const dropped = '\u0300-\u0304\u0306-\u030c\u030f\u0311\u031b\u0323-\u0328\u032d\u032e\u0330\u0331';
const word = new RegExp(`[\\p{L}\\p{N}\\p{Co}][\\p{L}\\p{N}\\p{Co}${dropped}]*`, 'gu');
const droppedMarks = new RegExp(`[${dropped}]`, 'gu');
const ascii = /^[\x20-\x7e]*$/;

/** PostgreSQL holds no longer word in a search index: 2046 bytes, of which a character takes four at most. */
const maxWordLength = 500;

/**
 * The scripts that put no blanks between words. A whole title of them is one word, so a query is looked for anywhere in
 * the title.
 */
export const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
const everyUnspaced = new RegExp(unspaced, 'gu');

/** The words of a text in their order, without case and diacritics. */
export function wordsOf(text: string): string[] {
  if (ascii.test(text)) return (text.toLowerCase().match(word) ?? []).map(shortened);
  return (text.match(word) ?? []).map((found) =>
    shortened(Array.from(found.replace(droppedMarks, ''), folded).join('')),
  );
}

/** What is stored of an item's name for the search in it. */
export interface NameWords {
  /**
   * The words with a blank between them, then each character of a script without blanks as a word of its own. These are
   * looked up in the index; which titles have them next to each other is checked in the title.
   */
  readonly words: string;
  /** Without those characters. */
  readonly wordCount: number;
}

/** The words of an item's name: its title, or its id where it has none. */
export function nameWords(name: string): NameWords {
  const words = wordsOf(name);
  const signs = ascii.test(name) ? [] : signsOf(name);
  return { words: [...words, ...signs].join(' '), wordCount: words.length };
}

/** The characters of a text in scripts without blanks, without repeats. */
export function signsOf(text: string): string[] {
  return [...new Set(text.match(everyUnspaced) ?? [])];
}

function shortened(text: string): string {
  return text.length <= maxWordLength ? text : [...text].slice(0, maxWordLength).join('');
}

/** One character in lower case; a Latin letter without its diacritics. */
function folded(character: string): string {
  const lower = lowerCase(character);
  const [base = lower] = lower.normalize('NFD');
  return /^[a-z]$/.test(base) ? base : lower;
}

/** One character for one, so that `ς` and `Σ` are one letter, and `ß` stays. */
function lowerCase(character: string): string {
  const upper = character.toUpperCase();
  // The dotless letter of Turkish is no form of i.
  if (upper === 'I') return character === 'I' ? 'i' : character;
  const [lower = character] = ([...upper].length === 1 ? upper : character).toLowerCase();
  return lower;
}
