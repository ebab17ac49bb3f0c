/** A command that several processes carry out together. */

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted, MultvaeError } from '../errors.js';
import {
  joinRanks,
  launchedRank,
  type Ranks,
  requirePowerOfTwo,
} from '../home/training/distributed.js';
import { note } from './terminal.js';

/** The time in which the first process tells of an error that all of them meet. */
const firstSpeaksMs = 1000;

/**
 * Runs a job in the processes that mpirun started. A process that fails says its number and why, and ends them all.
 *
 * @throws BackendError where there is no MPI
 */
export async function onRanks(job: (ranks: Ranks) => Promise<void>): Promise<void> {
  const ranks = await joined();
  if (ranks !== null) await together(ranks, job);
}

/** The processes; null in those that leave it to the first one to say why they cannot join. */
async function joined(): Promise<Ranks | null> {
  try {
    return joinRanks();
  } catch (error) {
    if (!(error instanceof MultvaeError) || launchedRank() === 0) throw error;
    await sleep(firstSpeaksMs);
    process.exitCode = error.exitCode;
    return null;
  }
}

async function together(ranks: Ranks, job: (ranks: Ranks) => Promise<void>): Promise<void> {
  const { rank, size } = ranks.collective;
  try {
    requirePowerOfTwo(ranks.collective);
    notePids(ranks);
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

/** Open MPI names a process that is killed by its number, and MPICH by its PID: this line says whose that is. */
function notePids({ collective, library }: Ranks): void {
  if (library.startsWith('Open MPI')) return;
  const own = Buffer.from(`PID ${process.pid} on ${hostname()}`);
  const all = collective.gather(own).map((text, rank) => `${rank} is ${Buffer.from(text)}`);
  if (collective.rank === 0) note(`processes: ${all.join(', ')}`);
}
