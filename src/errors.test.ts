/** How an error message shows a value. */

import { describe, expect, it } from 'vitest';
import { quote, showValue } from './errors.js';

describe('a value in a message', () => {
  it.each<[unknown, string]>([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    [[1, null], '[1,null]'],
    [Array(40).fill(1), `[${'1,'.repeat(29)}1…`],
    [undefined, 'undefined'],
  ])('%j is shown as JSON, cut where it is long', (value, text) => {
    expect(showValue(value)).toBe(text);
    if (typeof value === 'string') expect(quote(value)).toBe(text);
  });
});
