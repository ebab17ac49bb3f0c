/** Examples of filters. */

import type { HomeDescription } from '../server/api.js';

/** A filter that makes sense for this home; empty where its items have nothing to filter by. */
export function whereExample(
  { fields, hasYears }: Pick<HomeDescription, 'fields' | 'hasYears'>,
  genre: string | undefined,
): string {
  const number = fields.find(({ type }) => type === 'number');
  const flag = fields.find(({ type }) => type === 'boolean');
  const parts = [
    number ? `${quoted(number.name)}<20` : hasYears && 'year>1990',
    flag ? quoted(flag.name) : genre && `genre=${quoted(genre)}`,
  ];
  return parts.filter(Boolean).join(' and ');
}

/** A name or a text as a filter takes it. */
function quoted(text: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) ? text : JSON.stringify(text);
}
