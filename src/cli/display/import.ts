/** Says what an import stored and understood. */

import type { Purpose } from '../../data/files/column-names.js';
import type { IgnoredColumn } from '../../data/files/columns.js';
import type { ReadRemarks } from '../../data/files/ratings-format.js';
import type { ImportSummary } from '../../data/import.js';
import type { Understanding } from '../../data/understanding/understanding.js';
import { quote } from '../../errors.js';
import { delimiting } from '../../home/data-sets.js';
import { shellWord } from '../../remedies.js';

/** What an import understood, a line for each part, each with the flags that change it. */
export function understandingLines(summary: ImportSummary): string[] {
  const { dataset, understood } = summary;
  const { titledItems, feedback } = understood;
  return [
    ...columnLines(understood),
    clicksLine(summary),
    ...mergedLine(summary),
    `titles: ${titledItems} of ${counted(dataset.items, 'rated item')} have one (--items)`,
    ...remarkLines(summary, understood),
    ...(feedback.kept === 0
      ? []
      : [
          `feedback: ${counted(feedback.kept, 'event')} kept, ${feedback.onKnownItems} on items of these data (--drop-feedback)`,
        ]),
  ];
}

/** What was understood of a file alone. */
export interface FileUnderstanding extends Pick<Understanding, 'columns' | 'scale'> {
  readonly clicks: Pick<Understanding['clicks'], 'threshold' | 'minWeight'>;
}

/** What was understood of a file's columns and ratings. */
export function columnLines(understood: FileUnderstanding): string[] {
  return [columnsLine(understood), ...ignoredLine(understood), ratingsLine(understood)];
}

const purposesInWords: Readonly<Record<Purpose, string>> = {
  user: 'user',
  item: 'item',
  rating: 'rating',
  timestamp: 'time',
  weight: 'weight',
};

function columnsLine({ columns }: Pick<FileUnderstanding, 'columns'>): string {
  const used = columns.used.map(
    ({ purpose, name, place }) => `${purposesInWords[purpose]} ${inWords(name, place)}`,
  );
  const flags = columns.used.map(({ purpose }) => `--${purpose}-column`);
  return `columns${formOf(columns)}: ${used.join(', ')} (${flags.join(', ')})`;
}

/** How the fields are written, where that is not as in most files: with commas and a header. */
function formOf({ delimiter, hasHeader }: Understanding['columns']): string {
  const form: string[] = [];
  if (delimiter !== null && delimiter !== ',') {
    form.push(`separated by ${delimiting.names[delimiter].words} (--delimiter)`);
  }
  if (!hasHeader) form.push('without a header (--header)');
  return form.map((text) => `, ${text}`).join('');
}

function inWords(name: string | null, place: number): string {
  return name === null ? `${place}` : quote(name);
}

const reasons: Readonly<Record<IgnoredColumn['why'], (column: string) => string>> = {
  refused: () => '',
  other: () => '',
  weight: (column) => `, a count (--weight-column ${column})`,
  'no times': () => ', whose first rows have no times',
};

function ignoredLine({ columns }: Pick<FileUnderstanding, 'columns'>): string[] {
  if (columns.ignored.length === 0) return [];
  const shown = columns.ignored
    .slice(0, 20)
    .map(
      ({ name, place, why }) =>
        `${inWords(name, place)}${reasons[why](shellWord(name ?? String(place)))}`,
    );
  if (columns.ignored.length > 20) shown.push('…');
  const flags = columns.hasHeader ? '' : ' (--rating-column, --timestamp-column, --weight-column)';
  return [`not read: ${shown.join('; ')}${flags}`];
}

function ratingsLine({ columns, scale, clicks }: FileUnderstanding): string {
  if (scale === null) {
    const click = clicks.minWeight === null ? ', so each row is a click' : '';
    return `ratings: none${click} (--rating-column)`;
  }
  const doubt = columns.hasHeader ? '' : '; add --no-rating-column if they are counts';
  return `ratings: from ${scale.low} to ${scale.high} (--scale, --no-rating-column)${doubt}`;
}

function clicksLine({ dataset, understood }: ImportSummary): string {
  const { count, minClicks, usersBelow } = understood.clicks;
  const few = `${usersBelow} of ${counted(dataset.users, 'user')} with fewer than ${minClicks} take no part in training (train --min-clicks)`;
  const all = counted(dataset.ratings, 'row');
  // Rows of an earlier import without ratings are clicks as well.
  const others = understood.scale === null ? ' or without a rating' : '';
  const rule = clickRule(dataset.scale, understood.clicks, others);
  if (rule === null) return `clicks: all ${all}; ${few}`;
  return `clicks: ${count} of ${all}, those ${rule}; ${few}`;
}

/**
 * Which rows are clicks; null where all are.
 *
 * @param others - rows that are clicks beside those above the threshold, in words
 */
export function clickRule(
  scale: Understanding['scale'],
  { threshold, minWeight }: FileUnderstanding['clicks'],
  others = '',
): string | null {
  const rules: string[] = [];
  if (scale !== null) rules.push(`above ${threshold}${others} (train --threshold)`);
  if (minWeight !== null) {
    const enough = minWeight === 0 ? 'above 0' : `of ${minWeight} or more`;
    rules.push(`with a weight ${enough} (--min-weight)`);
  }
  return rules.length === 0 ? null : rules.join(', and ');
}

/** Where each row is a purchase, a row that repeats a pair is no new rating in place of the old one. */
function mergedLine({ updated, understood }: ImportSummary): string[] {
  const hasWeights = understood.clicks.minWeight !== null;
  if (updated === 0 || (understood.scale !== null && !hasWeights)) return [];
  const merged = `${updated.toLocaleString('en')} repeat ${updated === 1 ? 'purchase' : 'purchases'} merged`;
  return [hasWeights ? `${merged}: their weights add up` : merged];
}

/** What reading changed in the rows, a line for each kind. */
export function remarkLines(
  remarks: ReadRemarks,
  { scale }: Pick<Understanding, 'scale'>,
): string[] {
  const { trimmedIds, milliseconds, microseconds, compactDates, withoutZone, outOfScale } = remarks;
  const converted = (count: number, unit: string) =>
    count === 0 ? [] : [`${counted(count, 'time')} in ${unit}: converted into seconds`];
  return [
    ...(trimmedIds === 0 ? [] : [`${counted(trimmedIds, 'id')} with blanks around: trimmed`]),
    ...converted(milliseconds, 'milliseconds'),
    ...converted(microseconds, 'microseconds'),
    ...(compactDates === 0
      ? []
      : [`${counted(compactDates, 'time')} such as 20231114: read as a date`]),
    ...(withoutZone === 0 ? [] : [`${counted(withoutZone, 'time')} without a zone: taken as UTC`]),
    ...(outOfScale === 0
      ? []
      : [
          `${counted(outOfScale, 'row')} refused because the rating is not from ${scale?.low} to ${scale?.high} (--scale)`,
        ]),
  ];
}

/** A number of things, such as `1 row` or `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
