/** Takes a query for items apart into words. */

/** More words make a query slower, not better: no title has so many. */
const maxSearchWords = 20;

/**
 * The scripts that put no blanks between words. A search index takes a whole title of them for one word, so a title is
 * compared with the query itself.
 */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

/** The words of a query. */
export interface SearchWords {
  /** Those that a word of the title begins with. */
  readonly beginnings: readonly string[];
  /** Those that stand anywhere in it. They hold letters, marks and digits alone, so no sign of a pattern. */
  readonly parts: readonly string[];
}

/** The words of a query, at most twenty; none for a text without a letter or a digit. */
export function searchWords(query: string): SearchWords {
  const beginnings: string[] = [];
  const parts: string[] = [];
  const words = query.replaceAll('\0', ' ').split(/\s+/u);
  for (const word of words) {
    if (beginnings.length + parts.length >= maxSearchWords) break;
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    if (!unspaced.test(word)) {
      beginnings.push(word);
      continue;
    }
    // Without its punctuation a part holds no sign that a database reads as a pattern.
    for (const piece of word.split(/[^\p{L}\p{M}\p{N}]+/u)) {
      if (unspaced.test(piece)) parts.push(piece);
      else if (piece !== '') beginnings.push(piece);
    }
  }
  return { beginnings, parts };
}
