/** Keeps what was found of two runs, so that a page can say which is better without measuring again. */

import { z } from 'zod';
import type { Documents } from '../../data/store/documents.js';
import { type HomeAt, placeAt } from '../../data/store/place.js';
import type { SplitName } from '../../eval/report.js';
import type { Study } from '../../eval/study.js';
import { type PairedResult, pairOf } from '../../eval/verdict.js';
import { pairedSchema } from '../../runs/evaluations.js';
import { keptRuns, withStoreOf } from '../place/opened.js';

const kind = 'comparisons';
/** What stands in a pair for popularity. */
const popularity = 'popularity';

const keptPairSchema = z.object({
  first: z.string(),
  second: z.string(),
  split: z.enum(['validation', 'test']),
  result: pairedSchema,
});

/** Two runs on the same users. */
export interface KeptPair {
  /** The id of a run. */
  readonly first: string;
  /** The id of a run, or `popularity`. */
  readonly second: string;
  readonly split: SplitName;
  readonly result: PairedResult;
  /** When it was measured, in seconds since 1970. */
  readonly at: number;
}

/** The document of a pair, whichever run comes first. */
function pairId(a: string, b: string): string {
  return [a, b].toSorted().join('+');
}

/** Every pair of runs of a study. */
export function pairsOf(study: Study): Omit<KeptPair, 'at'>[] {
  const runs = study.models.flatMap(({ run, label }) => (run === null ? [] : [{ run, label }]));
  const compared = {
    ...study,
    models: Object.fromEntries(study.models.map(({ label, metrics }) => [label, metrics])),
  };
  return runs.flatMap((first, a) =>
    runs.slice(a + 1).map((second) => ({
      first: first.run,
      second: second.run,
      split: study.split,
      result: pairOf(compared, first.label, second.label),
    })),
  );
}

/**
 * Keeps what was found of pairs, and drops the pairs of runs that are gone.
 *
 * @param onRemark - told why nothing is kept, such as a home that can only be read
 */
export async function keepPairs(
  home: HomeAt,
  pairs: readonly Omit<KeptPair, 'at'>[],
  onRemark: (text: string) => void,
): Promise<void> {
  if (pairs.length === 0) return;
  const unknown = 'the comparison is not kept for the page';
  await withStoreOf(home, { unknown, onRemark }, async (store) => {
    const { documents } = store;
    const { runs } = keptRuns(placeAt(home), store);
    const present = new Set([popularity, ...(await runs.list()).map(({ id }) => id)]);
    for (const { id } of await documents.list(kind)) {
      if (!id.split('+').every((run) => present.has(run))) await documents.remove(kind, id);
    }
    for (const pair of pairs) await documents.write(kind, pairId(pair.first, pair.second), pair);
  });
}

/** What was last found of every two runs. */
export class KeptPairs {
  readonly #byId: ReadonlyMap<string, KeptPair>;

  private constructor(byId: ReadonlyMap<string, KeptPair>) {
    this.#byId = byId;
  }

  static async read(documents: Pick<Documents, 'list'>): Promise<KeptPairs> {
    const found = (await documents.list(kind)).flatMap(({ id, value, at }) => {
      const { data } = keptPairSchema.safeParse(value);
      return data === undefined ? [] : [[id, { ...data, at }] as const];
    });
    return new KeptPairs(new Map(found));
  }

  /** In either order; null where they were not compared. */
  of(a: string, b: string): KeptPair | null {
    return this.#byId.get(pairId(a, b)) ?? null;
  }
}
