import type { KnownItems } from './known-items.js';

/** A ranking that is to be told: items by index, best first, with their scores. */
export interface RankedItems {
  readonly offset: number;
  readonly items: readonly number[];
  readonly scores: readonly number[];
}

/**
 * The JSON of a list's `offset` and `items`, without the brace that opens it: what `JSON.stringify` makes of the same
 * fields, from texts that are kept for each item.
 */
export function rankedJson(known: KnownItems, { offset, items, scores }: RankedItems): string {
  const texts = known.jsonOf(items);
  let json = `"offset":${offset},"items":[`;
  for (let place = 0; place < items.length; place++) {
    const [id, entry] = texts[place]!;
    const score = scores[place]!;
    if (place > 0) json += ',';
    json += `{"itemId":${id},"rank":${offset + place + 1},"score":${Number.isFinite(score) ? score : 'null'},${entry}`;
  }
  return `${json}]}`;
}
