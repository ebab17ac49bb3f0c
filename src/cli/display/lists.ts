/** The lists of many users as text for a file: JSON Lines, or CSV. */

import type { FieldValue } from '../../data/items/fields.js';
import { ArgumentError } from '../../errors.js';
import type { RecommendationList } from '../../serving/ranking/list.js';
import type { RecommendationOptions } from '../../serving/ranking/options.js';
import { dash } from '../arguments.js';

/** The forms of a file of lists. */
export const listFormats = ['jsonl', 'csv'] as const;

/** A form of a file of lists. */
export type ListFormat = (typeof listFormats)[number];

/** How lists become text. */
export interface ListText {
  /** What the file begins with. */
  readonly head: string;
  /** The lines of a list: one of JSON, or of CSV one an item. */
  lines(list: RecommendationList): string;
}

/**
 * The form that a file's name asks for.
 *
 * @throws ArgumentError for a name that says neither
 */
export function formatOf(output: string): ListFormat {
  if (output === dash || output.startsWith('/dev/')) return 'jsonl';
  const [, ending = ''] = /\.([^./]+?)(?:\.gz)?$/i.exec(output) ?? [];
  if (/^(jsonl|ndjson)$/i.test(ending)) return 'jsonl';
  if (/^csv$/i.test(ending)) return 'csv';
  throw new ArgumentError(
    `--output is ${output}, and its ending says neither JSON Lines nor CSV; end it with .jsonl or .csv (.gz may follow), or add --format`,
  );
}

/**
 * Lists as text.
 *
 * @param flags - `fields`: the chosen fields, which are further columns of CSV
 * @throws ArgumentError for a choice that CSV has no column for
 */
export function listText(
  format: ListFormat,
  flags: Pick<RecommendationOptions, 'fields' | 'explain'>,
): ListText {
  if (format === 'jsonl') return { head: '', lines: (list) => `${JSON.stringify(list)}\n` };
  const { fields = [] } = flags;
  if (flags.explain) {
    throw new ArgumentError('CSV has no place for reasons; leave --explain out, or write .jsonl');
  }
  if (fields.includes('*')) {
    throw new ArgumentError(
      '--fields is *, and the columns of CSV must be named; name the fields, or write .jsonl',
    );
  }
  const own = ['userId', 'rank', 'itemId', 'title', 'score', 'source', 'recommendationId'];
  return {
    head: row([...own, ...fields]),
    lines: ({ userId, items, source, recommendationId }) =>
      items
        .map(({ rank, itemId, title, score, isNew, fields: values = {} }) =>
          row([
            userId,
            String(rank),
            itemId,
            title ?? '',
            isNew ? '' : String(score),
            source,
            recommendationId,
            ...fields.map((name) => text(values[name])),
          ]),
        )
        .join(''),
  };
}

function text(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? value.join('|') : String(value);
}

function row(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\n`;
}

/** Quoted as RFC 4180 says, where that is needed. */
function cell(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
