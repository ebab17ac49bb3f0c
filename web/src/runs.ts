import { announce, announceFailure } from './announce.js';
import type { RunSummary, Switched } from './server/api.js';

/** Asks for another active run, and says what came of it; a bad run leaves the old one serving. */
export async function switchRun(
  ask: () => Promise<Switched>,
  changed: () => void,
  undo?: () => void,
): Promise<void> {
  try {
    const { active } = await ask();
    changed();
    announce(`${active} answers from now on.`, undo);
  } catch (error) {
    announceFailure(error);
  }
}

/** When a run was made, as short as it is unmistakable. */
export function madeAt(createdAt: string | null): string {
  if (createdAt === null) return '';
  const date = new Date(createdAt);
  const day = date.toLocaleDateString(undefined, { dateStyle: 'medium' });
  return `${day}, ${date.toLocaleTimeString(undefined, { timeStyle: 'short' })}`;
}

/** A run in a list to choose from. */
export function runName({ run, active }: RunSummary): string {
  return `${run}${active ? ' (active)' : ''}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
