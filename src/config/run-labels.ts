/** What people call a run, and what they noted on it. The id stays its identity. */

import { ArgumentError, showValue } from '../errors.js';

export const maxNameLength = 100;
export const maxNoteLength = 2000;

/** What people wrote on a run. */
export interface RunLabel {
  /** 1 to 100 characters in one line; null for none. Two runs may have the same. */
  readonly name: string | null;
  /** 1 to 2,000 characters, with line ends; null for none. */
  readonly note: string | null;
}

/** What to write on a run: an absent part stays; an empty one, or null, is taken away. */
export type RunLabelChange = {
  readonly [part in keyof RunLabel]?: string | null | undefined;
};

/** Of a run on which nobody wrote. */
export const noLabel: RunLabel = { name: null, note: null };

export const nameRule = `1 to ${maxNameLength} characters without control characters`;
export const noteRule = `1 to ${maxNoteLength} characters without control characters other than line ends`;

const rules = {
  name: { pattern: /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u, max: maxNameLength, rule: nameRule },
  note: { pattern: /^(?:[^\p{Cc}\p{Cs}]|[\t\n])+$/u, max: maxNoteLength, rule: noteRule },
};

/**
 * The label with a change. Space at the ends is dropped.
 *
 * @throws ArgumentError naming the part that is wrong, or when the change names none
 */
export function withChange(label: RunLabel, change: RunLabelChange): RunLabel {
  if (change.name === undefined && change.note === undefined) {
    throw new ArgumentError('nothing is said of the run; give a name, a note or both');
  }
  return { name: part('name', label, change), note: part('note', label, change) };
}

function part(name: keyof RunLabel, label: RunLabel, change: RunLabelChange): string | null {
  const given = change[name];
  if (given === undefined) return label[name];
  const text = (given ?? '').replaceAll('\r\n', '\n').trim();
  if (text === '') return null;
  const { pattern, max, rule } = rules[name];
  if (!pattern.test(text) || [...text].length > max) {
    throw new ArgumentError(
      `the ${name} of the run is ${showValue(text)}; give ${rule}, or an empty one for none`,
    );
  }
  return text;
}
