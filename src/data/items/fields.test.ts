/** The types of fields. */
import { expect, it } from 'vitest';
import { type FieldType, fieldTypes, widerType } from './fields.js';

it('holds texts and lists in a list, and any other two types in a text', () => {
  for (const a of fieldTypes) {
    for (const b of fieldTypes) {
      const both = new Set<FieldType>([a, b]);
      const isListed = both.size === 2 && both.has('list') && both.has('text');
      expect(widerType(a, b), `${a} and ${b}`).toBe(a === b ? a : isListed ? 'list' : 'text');
    }
  }
});
