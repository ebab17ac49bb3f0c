/** Switching the active run, and how a run is written. */

import { announce, announceFailure } from './announce.js';
import type { RunSummary, Switched } from './server/api.js';

/** Switches the active run and announces the result. If the switch fails, the old run stays active. */
export async function switchRun(
  ask: () => Promise<Switched>,
  changed: () => void,
  undo?: () => void,
): Promise<void> {
  try {
    const { active } = await ask();
    changed();
    announce(`${active} is now active.`, undo);
  } catch (error) {
    announceFailure(error);
  }
}

/** The name of a run in a list of options. */
export function runName({ run, name, active }: RunSummary): string {
  return `${name === null ? run : `${name} · ${run}`}${active ? ' (active)' : ''}`;
}

/** A duration for readers, such as `12 s` or `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
