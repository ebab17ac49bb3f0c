/** Genre diversity of recommended lists. */
import { type Rankings, rankingOf } from '../evaluate.js';

/** The genres of every item as bits. */
export interface GenreBits {
  /** 32-bit words an item. */
  readonly words: number;
  /** [I, words] */
  readonly bits: Int32Array;
}

/**
 * Encodes genres as bits, which makes comparisons fast.
 *
 * @param genres - [I], names; all items without a genre share the genre "none"
 * @returns null when no item has a genre
 */
export function genreBits(genres: readonly (readonly string[])[]): GenreBits | null {
  if (genres.every((names) => names.length === 0)) return null;
  const bitOf = new Map<string, number>();
  const lists = genres.map((names) =>
    (names.length === 0 ? [''] : names).map((name) => {
      const bit = bitOf.get(name) ?? bitOf.size;
      bitOf.set(name, bit);
      return bit;
    }),
  );
  const words = Math.ceil(bitOf.size / 32);
  const bits = new Int32Array(genres.length * words);
  lists.forEach((list, item) => {
    for (const bit of list) bits[item * words + (bit >> 5)]! |= 1 << (bit & 31);
  });
  return { words, bits };
}

/**
 * Intra-list genre diversity of the first K recommendations of each user: the mean distance of two items. The distance
 * is 1 − |genres in both| / |genres in either| (Jaccard).
 *
 * @returns [users], each in [0, 1]; 0 for a list of fewer than two items
 * @source Ziegler et al., Improving Recommendation Lists Through Topic Diversification, WWW 2005; the mean over
 *   pairs is Smyth & McClave's, ICCBR 2001
 */
export function diversity(rankings: Rankings, k: number, genres: GenreBits): Float64Array {
  return Float64Array.from(rankings.rows, (_, u) => {
    const listed = rankingOf(rankings, u)
      .subarray(0, k)
      .filter((item) => item >= 0);
    if (listed.length < 2) return 0;
    let sum = 0;
    for (let a = 1; a < listed.length; a++) {
      for (let b = 0; b < a; b++) sum += distance(genres, listed[a]!, listed[b]!);
    }
    return sum / ((listed.length * (listed.length - 1)) / 2);
  });
}

function distance({ words, bits }: GenreBits, a: number, b: number): number {
  let both = 0;
  let either = 0;
  for (let word = 0; word < words; word++) {
    const x = bits[a * words + word]!;
    const y = bits[b * words + word]!;
    both += ones(x & y);
    either += ones(x | y);
  }
  return 1 - both / either;
}

/** The number of one bits of a 32-bit word. */
function ones(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
