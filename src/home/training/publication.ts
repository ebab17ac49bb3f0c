/** Publishes a trained run: in the home folder first, then in the store where that has the runs. */

import { setTimeout as sleep } from 'node:timers/promises';
import { TrainedUsers } from '../../data/split/trained-users.js';
import { type HomeAt, placeAt, shownPlace } from '../../data/store/place.js';
import { RunError, StorageError } from '../../errors.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import type { DividedWeights } from '../../runs/divided/division.js';
import type { RunContents } from '../../runs/format.js';
import { StoreRuns } from '../../runs/shared/store-runs.js';
import { RunStore } from '../../runs/store.js';
import { packageVersion } from '../../version.js';
import { withStore } from '../place/opened.js';
import type { Fit } from './fit.js';

/** The waits before another attempt to reach a store that is gone: about a minute in all. */
const storeWaitsMs = [1000, 2000, 4000, 8000, 16_000, 30_000];

/** How a run is published. */
export interface PublicationOptions {
  /** How long to wait before each further attempt to send the run. Default: about a minute in all. */
  readonly waitsMs?: readonly number[];
  /** Ends the waiting for a store that is gone. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Publishes a run. It is safe in the home folder before the store is asked for.
 *
 * @throws StorageError when the disk refuses: nothing is published then
 * @throws RunError when a run of that id exists, or saying that the run is in the home alone and how to send it
 */
export async function publishRun(
  home: HomeAt,
  { id, contents }: { readonly id: string; readonly contents: RunContents },
  { waitsMs = storeWaitsMs, signal }: PublicationOptions = {},
): Promise<void> {
  const place = placeAt(home);
  const local = new RunStore(place.folder);
  local.publish(id, contents);
  if (place.store === null) return;
  for (const waitMs of [...waitsMs, null]) {
    try {
      await withStore(place, async ({ runs }) => {
        if (runs !== null) await new StoreRuns(place.folder, local, runs).send(id);
      });
      return;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (waitMs === null || signal?.aborted) {
        throw new RunError(
          `run ${id} is in ${place.folder} alone: ${error.message}. \`multvae activate ${id}\` sends it to ${shownPlace(place)}.`,
          { cause: error },
        );
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Who trained a run, and for which home. */
export interface TrainedBy {
  readonly home: HomeAt;
  /** The words of the command. Default: none. */
  readonly command?: readonly string[] | undefined;
  /** Ends the waiting for a store that is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** Publishes what was trained as a run of its home. */
export async function publishTrained(
  { home, command = [], signal }: TrainedBy,
  { runId, material, config: given, engine, warm }: Fit & { readonly runId: string },
  outcome: {
    readonly trained: TrainedModel;
    readonly metrics: Readonly<Record<string, number>>;
    readonly divided?: DividedWeights | undefined;
  },
): Promise<void> {
  const { dataset, protocol, split, feedback } = material;
  const { weights, log, durationS, config = given } = outcome.trained;
  const trainedUsers = TrainedUsers.of(split.userOrder.slice(0, split.train.rows));
  const contents: RunContents = {
    config,
    protocol,
    weights,
    ...(outcome.divided && { divided: outcome.divided }),
    metrics: outcome.metrics,
    log,
    vocabulary: { items: split.vocabulary, trainClicks: material.clicksOfItems },
    split: { validation: split.validation, test: split.test },
    trainedUsers: warm ? trainedUsers.with(warm.trainedUsers) : trainedUsers,
    lineage: {
      dataHash: dataset.dataHash,
      dataName: dataset.name,
      ...(feedback && { feedback }),
      ...(warm && { from: warm.run }),
      packageVersion,
      nodeVersion: process.version,
      backend: engine === null ? 'none' : `${engine.name} ${engine.version}`,
      seed: 'seed' in config ? config.seed : null,
      trainingUsers: split.train.rows,
      usersBelow: material.usersBelow,
      durationS,
      createdAt: new Date().toISOString(),
      command,
    },
  };
  await publishRun(home, { id: runId, contents }, { signal });
}
