import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file in a folder that says which process works in it. */
export const claimFile = 'process';

/** Says that this process works in a folder, for as long as it lives. */
export function claimFolder(folder: string): void {
  writeFileSync(join(folder, claimFile), `${process.pid}\n`);
}

/**
 * The id of the other process that works in a folder; null where none does, or the one that did has ended. It is
 * wrong where that id has meanwhile gone to another program; deleting the file corrects it.
 */
export function folderHolder(folder: string): number | null {
  let pid: number;
  try {
    pid = Number(readFileSync(join(folder, claimFile), 'utf8'));
  } catch {
    return null;
  }
  return Number.isSafeInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, and lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
