/** Says what an import would understand, and shows the first rows as it would store them. */

import type { DryRun, DryRunRow } from '../../data/understanding/dry-run.js';
import { table } from '../terminal.js';
import { clickRule, columnLines, counted, remarkLines } from './import.js';
import { itemColumnsLine } from './items.js';

/** What an import would understand, a line for each part, each with the flags that change it. */
export function dryRunLines(run: DryRun): string[] {
  const { read, isWhole, rows, refused, refusals } = run;
  const looked = isWhole
    ? `read all ${counted(read, 'row')}`
    : `read only the first ${counted(read, 'row')} of more`;
  const more = refused > refusals.length ? [`and ${refused - refusals.length} more`] : [];
  return [
    `dry run of ${run.path}: nothing is stored; ${looked}`,
    ...columnLines(run),
    `clicks: ${clickRule(run.scale, run.clicks) ?? 'every row'}`,
    ...itemLines(run),
    ...run.remarks,
    ...remarkLines(run.readRemarks, run),
    ...(refused === 0
      ? []
      : [
          `${counted(refused, 'bad row')}; the first one stops the import (--skip-bad-rows):`,
          ...refusals,
          ...more,
        ]),
    rows.length === 0 ? 'no row would be stored' : 'the first rows as they would be stored:',
  ];
}

function itemLines({ items }: DryRun): string[] {
  if (items === null) return ['titles: none (--items)'];
  return items.columns === null ? [`titles: from ${items.path} (--items)`] : itemColumnsLine(items);
}

/** A column of the table. */
interface Column {
  readonly head: string;
  readonly cell: (row: DryRunRow) => string;
}

/** The first rows, with a column for each part that the file has. */
export function dryRunTable({ rows }: Pick<DryRun, 'rows'>): string {
  const columns: readonly Column[] = [
    { head: 'user', cell: ({ userId }) => userId },
    { head: 'item', cell: ({ itemId }) => itemId },
    { head: 'rating', cell: ({ rating }) => inWords(rating) },
    { head: 'weight', cell: ({ weight }) => inWords(weight) },
    { head: 'time', cell: ({ timestamp }) => isoOf(timestamp) },
  ];
  const filled = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  return table(
    filled.map(({ head }) => head),
    rows.map((row) => filled.map(({ cell }) => cell(row))),
  );
}

function inWords(value: number | null): string {
  return value === null ? '' : String(value);
}

function isoOf(timestamp: number | null): string {
  if (timestamp === null) return '';
  return new Date(1000 * timestamp).toISOString().replace('.000Z', 'Z');
}
