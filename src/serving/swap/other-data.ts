/** Whether what was trained on some data fits the data that a home holds now. */
import type { Store } from '../../data/store/store.js';

/** What was trained, and on which data. */
export interface TrainedRun {
  readonly id: string;
  readonly lineage: { readonly dataHash: string; readonly dataName: string };
}

const filesPrefix = 'files:';

/** The hash of data that are the files of a published split, and never those of a home. */
export function filesHash(sha256: string): string {
  return `${filesPrefix}${sha256}`;
}

/** The part of the store that knows where its data come from. */
export type DataOrigin = Pick<Store, 'descendsFrom'> & {
  dataset(): Promise<{ readonly name: string; readonly dataHash: string } | null>;
};

/**
 * The sentence for a run of other data than the home holds; null for a run of these data. Data that grew by `--append`,
 * by feedback, or that lost a deleted user, are still the same.
 */
export async function otherDataRemark(run: TrainedRun, store: DataOrigin): Promise<string | null> {
  const { dataHash, dataName } = run.lineage;
  if (await store.descendsFrom(dataHash)) return null;
  const now = await store.dataset();
  if (dataHash.startsWith(filesPrefix)) {
    if (now === null) return null;
    return `run ${run.id} was trained on the files of a published split (${dataName}), and the home holds ${now.name}: its answers are right where both have the same ids of items.`;
  }
  const present =
    now === null ? 'no data' : `other data now: ${now.name} (${now.dataHash.slice(0, 12)}…)`;
  return `run ${run.id} was trained on ${dataName} (${dataHash.slice(0, 12)}…), and the home holds ${present}. Train a run of the present data with \`multvae train\`, or import those of the run again.`;
}
