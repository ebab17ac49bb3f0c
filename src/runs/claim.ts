/** Reserves a folder for one process. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file with the id of the process that works in the folder. */
export const claimFile = 'process';

/** Reserves a folder for this process, until the process ends. */
export function claimFolder(folder: string): void {
  writeFileSync(join(folder, claimFile), `${process.pid}\n`);
}

/**
 * The id of another, living process that works in a folder; null where there is none. The answer is wrong when that
 * process has ended and a new program has its id. Then delete the file.
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
    // EPERM: the process lives and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
