/** Stops a job on Ctrl-C, on SIGTERM and when the terminal closes. */

import { exitCodeOf, Interrupted, type StoppingSignal } from '../errors.js';

const stopping: readonly StoppingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm and the shell may both pass on one Ctrl-C, so a second signal within this time counts as the same one. */
const sameSignalMs = 1000;

/**
 * Runs a job that can be stopped. The first SIGINT, SIGTERM or SIGHUP aborts the job's signal. A second one, more than a
 * second later, ends the process at once.
 *
 * @throws Interrupted when a signal stopped the job; an Interrupted of the job itself is passed on
 */
export async function untilSignal<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let first: { name: StoppingSignal; at: number } | null = null;
  const onSignal = (name: StoppingSignal) => {
    if (first === null) {
      first = { name, at: Date.now() };
      controller.abort(new Interrupted(name, `stopped by ${name}`));
    } else if (Date.now() - first.at > sameSignalMs) {
      process.exit(exitCodeOf(name));
    }
  };
  for (const name of stopping) process.on(name, onSignal);
  try {
    return await job(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && !(error instanceof Interrupted))
      throw controller.signal.reason;
    throw error;
  } finally {
    // The repeat of a signal may arrive after the job is done; it must not undo the clean end.
    if (first === null) for (const name of stopping) process.off(name, onSignal);
  }
}
