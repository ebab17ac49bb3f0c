/** A home's split in the form of the paper's reference code: six files, written or verified. */

import type { Protocol } from '../config/protocol.js';
import {
  type ReferenceFileName,
  referenceFileNames,
  referenceFiles,
  verifiable,
  verifyReferenceFiles,
  writeReferenceFiles,
} from '../data/split/reference-files.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import type { HomeAt } from '../data/store/place.js';
import { ArgumentError } from '../errors.js';
import { namedFileError } from '../storage/faults.js';
import { withStore } from './place/opened.js';
import { splitClicksOf } from './split/home-split.js';
import type { ProtocolOptions } from './split/protocol-options.js';

/** The names of the reference files, and the data sets whose checksums are published. */
export const referenceSplits = {
  files: referenceFileNames,
  verifiable,
} as const;

/** What to do with the reference files; the protocol says who is held out. */
export interface ReferenceSplitOptions extends ProtocolOptions {
  /** Write the files into this folder. */
  readonly out?: string;
  /** Compare with the published checksums of this data set; true means the home's own. */
  readonly verify?: string | true;
  /** Called when the files are written, before they are verified. */
  readonly onWritten?: () => void;
}

/** How large one set of the split is. */
export interface SetSize {
  readonly set: 'training' | 'validation' | 'test';
  readonly users: number;
  /** Clicks that the model sees. */
  readonly foldIn: number;
  /** Clicks that are hidden; null for training users, of whom nothing is. */
  readonly heldOut: number | null;
}

/** A split that was written, verified, or only counted. */
export interface ReferenceSplit {
  /** I, items with a training click. */
  readonly items: number;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: DatasetSummary['scale'];
  /** What the weights of a click add up to at least; null where the data have none. */
  readonly minWeight: DatasetSummary['minWeight'];
  readonly protocol: Protocol;
  readonly sets: readonly SetSize[];
  /** The files that agree with the published checksums; null when nothing was verified. */
  readonly verified: {
    readonly dataset: string;
    readonly files: readonly ReferenceFileName[];
  } | null;
}

/**
 * Splits a home's clicks, and writes or verifies the reference files.
 *
 * @throws ArgumentError when the files cannot be written there, StorageError when the disk refuses
 * @throws VerifyError when a file differs, or no checksums are published
 * @throws SplitError, HomeError
 */
export function splitHome(
  home: HomeAt,
  options: ReferenceSplitOptions = {},
): Promise<ReferenceSplit> {
  const { out, verify } = options;
  return withStore(home, async (store) => {
    const dataset = await store.dataset();
    if (verify !== undefined && (options.protocol ?? 'users') !== 'users') {
      throw new ArgumentError(
        `--verify compares with splits that hold out users, and the protocol is ${options.protocol}; leave one of them out`,
      );
    }
    const { protocol, split } = await splitClicksOf(store, options);
    const files = out === undefined && verify === undefined ? null : referenceFiles(split);
    if (files !== null && out !== undefined) {
      writeFiles(files, out);
      options.onWritten?.();
    }
    let verified: ReferenceSplit['verified'] = null;
    if (files !== null && verify !== undefined) {
      const name = verify === true ? (dataset?.name ?? '') : verify;
      verified = { dataset: name, files: verifyReferenceFiles(files, name, protocol.heldoutUsers) };
    }
    const { train, validation, test, vocabulary } = split;
    return {
      items: vocabulary.length,
      scale: dataset?.scale ?? null,
      minWeight: dataset?.minWeight ?? null,
      protocol,
      sets: [
        { set: 'training', users: train.rows, foldIn: train.clicks, heldOut: null },
        {
          set: 'validation',
          users: validation.users.length,
          foldIn: validation.foldIn.clicks,
          heldOut: validation.heldOut.clicks,
        },
        {
          set: 'test',
          users: test.users.length,
          foldIn: test.foldIn.clicks,
          heldOut: test.heldOut.clicks,
        },
      ],
      verified,
    };
  });
}

function writeFiles(files: ReturnType<typeof referenceFiles>, out: string): void {
  try {
    writeReferenceFiles(files, out);
  } catch (cause) {
    throw namedFileError(`the files cannot be written to ${out}`, cause);
  }
}
