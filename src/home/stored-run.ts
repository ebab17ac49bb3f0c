import { RunError } from '../errors.js';
import type { StoredRun } from '../runs/format.js';
import { RunStore } from '../runs/store.js';

/**
 * The run that a command is about: the named one, or else the active one.
 *
 * @throws RunError when there is none, or it cannot be used
 */
export function loadRun(home: string, id?: string): StoredRun {
  const store = new RunStore(home);
  const chosen = id ?? store.active();
  if (chosen === null) throw noActiveRun(home);
  return store.load(chosen);
}

/** The error of a home whose runs, if any, are all inactive. */
export function noActiveRun(home: string): RunError {
  return new RunError(
    `no run is active in ${home}: train one with \`multvae train\`, or choose one of \`multvae runs\` with \`multvae activate RUN\`.`,
  );
}
