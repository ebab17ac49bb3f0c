import { Interrupted } from '../errors.js';

/** A repeat of the same key press: npm and the shell may both pass one Ctrl-C on. */
const sameSignalMs = 1000;

/**
 * Runs a job that can be stopped: the first SIGINT or SIGTERM aborts its signal, a second one, more than a
 * second later, ends the process at once.
 *
 * @throws Interrupted when a signal came and the job did not finish; its own Interrupted is passed on
 */
export async function untilSignal<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let first: { name: 'SIGINT' | 'SIGTERM'; at: number } | null = null;
  const onSignal = (name: 'SIGINT' | 'SIGTERM') => {
    if (first === null) {
      first = { name, at: Date.now() };
      controller.abort(new Interrupted(name, `stopped by ${name}`));
    } else if (Date.now() - first.at > sameSignalMs) {
      process.exit(name === 'SIGINT' ? 130 : 143);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await job(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && !(error instanceof Interrupted))
      throw controller.signal.reason;
    throw error;
  } finally {
    // A repeat may still be on its way when the job is done, and must not undo the clean end.
    if (first === null) {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    }
  }
}
