/** What soak tests leave behind when they fail or a signal stops them: no process and no folder. */

import { rmSync } from 'node:fs';
import { constants } from 'node:os';

/** What is still to be undone, the newest last. */
const pending: (() => void)[] = [];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Undoes something at the end: when the returned function is called, or when a signal ends this process, or by `cleanUp`.
 * It is undone once.
 *
 * @param undo - must not wait: a process is killed, a folder removed
 */
export function atEnd(undo: () => void): () => void {
  if (pending.length === 0) for (const signal of signals) process.on(signal, endBySignal);
  pending.push(undo);
  return () => {
    const place = pending.indexOf(undo);
    if (place < 0) return;
    pending.splice(place, 1);
    if (pending.length === 0) for (const signal of signals) process.off(signal, endBySignal);
    undo();
  };
}

/** Undoes all that is left, the newest first. */
export function cleanUp(): void {
  for (const undo of pending.splice(0).reverse()) undo();
  for (const signal of signals) process.off(signal, endBySignal);
}

function endBySignal(signal: NodeJS.Signals): void {
  cleanUp();
  process.exit(128 + constants.signals[signal]);
}

/** Removes a folder in which processes that were killed a moment ago may still have written. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
