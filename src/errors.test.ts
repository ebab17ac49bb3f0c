/** How an error message shows a value. */

import { describe, expect, it } from 'vitest';
import { quote, showValue, visible } from './errors.js';

describe('a value in a message', () => {
  it.each<[unknown, string]>([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['\x9b31m\u202e', '"\\u009b31m\\u202e"'],
    [[1, null], '[1,null]'],
    [Array(40).fill(1), `[${'1,'.repeat(29)}1…`],
    [undefined, 'undefined'],
  ])('%j is shown as JSON, cut where it is long', (value, text) => {
    expect(showValue(value)).toBe(text);
    if (typeof value === 'string') expect(quote(value)).toBe(text);
  });
});

describe('visible', () => {
  it('writes what commands a terminal as JSON does, and nothing else', () => {
    expect(visible('a\x1b[0m\x7f\x85\t\u2069\ud83d')).toBe(
      'a\\u001b[0m\\u007f\\u0085\\t\\u2069\\ud83d',
    );
    const plain = 'Amélie\u00a0神隠し 👩\u200d🚀 \\ "';
    expect(visible(plain)).toBe(plain);
  });
});
