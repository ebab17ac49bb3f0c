/** The names and notes of runs, as a store keeps them. */

import {
  noLabel,
  type RunLabel,
  type RunLabelChange,
  withChange,
} from '../../config/run-labels.js';
import type { Documents } from '../../data/store/documents.js';

const kind = 'run-labels';

/** The part of a store that keeps names and notes. */
export interface LabelSource {
  readonly documents: Documents;
}

/** What people wrote on one run. */
export async function readLabel({ documents }: LabelSource, run: string): Promise<RunLabel> {
  return labelIn(await documents.read(kind, run));
}

/** What people wrote on each run, by id. */
export async function readLabels({ documents }: LabelSource): Promise<Map<string, RunLabel>> {
  const listed = await documents.list(kind);
  return new Map(listed.map(({ id, value }) => [id, labelIn(value)]));
}

/**
 * Writes on a run. Whether there is such a run is the caller's question.
 *
 * @returns what is written there now
 * @throws ArgumentError for a wrong name or note, and as the store
 */
export async function changeLabel(
  { documents }: LabelSource,
  run: string,
  change: RunLabelChange,
): Promise<RunLabel> {
  // Two who write at once, one the name and one the note, both get their way.
  while (true) {
    const stored = await documents.read(kind, run);
    const label = withChange(labelIn(stored), change);
    const isEmpty = label.name === null && label.note === null;
    if (stored === null && isEmpty) return label;
    if (await documents.swap(kind, run, stored, isEmpty ? null : label)) return label;
  }
}

/** Takes away what people wrote on runs that were deleted. */
export async function removeLabels(
  { documents }: LabelSource,
  runs: readonly string[],
): Promise<void> {
  for (const run of runs) await documents.remove(kind, run);
}

/** The label in a document; a part that is no text counts as none. */
function labelIn(stored: unknown): RunLabel {
  const { name, note } = { ...noLabel, ...(stored as object | null) };
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return { name: text(name), note: text(note) };
}
