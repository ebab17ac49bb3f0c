/** Drawing the clicks of synthetic users. */

import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.js';
import { RandomStream } from '../random.js';
import { checkLengths, drawItems } from './synthetic-users.js';

const logits = Float32Array.from([Math.log(4), Math.log(2), Math.log(1), Math.log(1)]);
const draws = 20_000;

/** How often each outcome of many draws came. */
function frequencies(count: number, outcome: (items: Int32Array) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (let k = 0; k < draws; k++) {
    const key = outcome(drawItems(logits, count, new RandomStream(1, 'test', k)));
    found.set(key, (found.get(key) ?? 0) + 1 / draws);
  }
  return found;
}

describe('drawing items', () => {
  it('draws the first with probability softmax(logits)', () => {
    const first = frequencies(1, String);
    // Four standard deviations of a frequency are .014 at most.
    for (const [item, p] of [0.5, 0.25, 0.125, 0.125].entries()) {
      expect(Math.abs(first.get(String(item))! - p)).toBeLessThan(0.015);
    }
  });

  it('draws the next among those left', () => {
    const pairs = frequencies(2, (items) => items.join());
    // p(0, then 1) = 1/2 · 1/4 / (1 − 1/2); p(1, then 0) = 1/4 · 1/2 / (1 − 1/4).
    expect(Math.abs(pairs.get('0,1')! - 0.25)).toBeLessThan(0.015);
    expect(Math.abs(pairs.get('1,0')! - 1 / 6)).toBeLessThan(0.015);
  });

  it('draws no item twice, up to all of them, and the same from the same stream', () => {
    const all = drawItems(logits, 4, new RandomStream(2, 'test'));
    expect([...all].sort()).toEqual([0, 1, 2, 3]);
    expect(drawItems(logits, 2, new RandomStream(2, 'test'))).toEqual(all.slice(0, 2));
    expect(drawItems(logits, 0, new RandomStream(2, 'test'))).toHaveLength(0);
  });

  it('refuses impossible lengths', () => {
    expect(() => checkLengths([0, 4], 4)).not.toThrow();
    for (const length of [-1, 5, 1.5, Number.NaN]) {
      expect(() => checkLengths([length], 4)).toThrow(ArgumentError);
    }
  });
});
