/** A command that several processes carry out together. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted, MultvaeError } from '../errors.js';
import { joinRanks, type Ranks } from '../home/training/distributed.js';
import { note } from './terminal.js';

/** The time in which the first process tells of an error that all of them meet. */
const firstSpeaksMs = 1000;

/**
 * Runs a job in the processes that mpirun started. A process that fails says its number and why, and ends them all.
 *
 * @throws BackendError where there is no MPI
 */
export async function onRanks(job: (ranks: Ranks) => Promise<void>): Promise<void> {
  const ranks = joinRanks();
  const { rank, size } = ranks.collective;
  try {
    await job(ranks);
  } catch (error) {
    // A signal reaches every process, and each of them has stopped.
    if (size === 1 || error instanceof Interrupted) {
      ranks.finish();
      if (rank === 0) throw error;
      process.exitCode = (error as Interrupted).exitCode;
      return;
    }
    if (rank > 0) await sleep(firstSpeaksMs);
    const isKnown = error instanceof MultvaeError;
    const reason = isKnown ? error.message : ((error as Error).stack ?? String(error));
    note(`multvae: process ${rank} of ${size} ends the job: ${reason}`);
    // A line that is still being written would be lost.
    await sleep(100);
    ranks.abort(isKnown ? error.exitCode : 1);
  }
  ranks.finish();
}
