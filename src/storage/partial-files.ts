/** The names of files that are not complete yet, and the removal of those that a killed process left. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** `.multvae-MACHINE-PROCESS-RANDOM.tmp` */
const pattern = /^\.multvae-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/;

/** A partial file that was not written for so long belongs to nobody, whatever machine its writer ran on. */
const abandonedMs = 3_600_000;

/** A new name in the folder of a file, for its contents until they are complete. */
export function partialPath(path: string): string {
  const random = randomBytes(4).toString('hex');
  return join(dirname(path), `.multvae-${machine()}-${process.pid}-${random}.tmp`);
}

/** Removes partial files from a folder whose writers have ended. Nothing happens where the folder cannot be read. */
export function removeLeftovers(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, origin, pid] = pattern.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (writtenMs === undefined) continue;
    const hasEnded = origin === machine() && isOver(Number(pid), writtenMs);
    if (hasEnded || Date.now() - writtenMs > abandonedMs) removePartial(path);
  }
}

/** Removes a partial file, if that is possible. */
export function removePartial(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Another error is being thrown, which says more; or the file is another user's.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The caller is about to write into the folder, and then meets the error itself.
    return [];
  }
}

/** Whether the process of this machine that wrote a file at a time has ended. */
function isOver(pid: number, writtenMs: number): boolean {
  if (pid === process.pid) return writtenMs < Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

let known: string | undefined;

/** Eight hex digits for everything within which a process number is unique: host, start of it, and container. */
function machine(): string {
  known ??= createHash('sha256')
    .update(
      [
        hostname(),
        read(readFileSync, '/proc/sys/kernel/random/boot_id'),
        read(readlinkSync, '/proc/self/ns/pid'),
      ].join('\0'),
    )
    .digest('hex')
    .slice(0, 8);
  return known;
}

/** What a file of Linux says; empty on other systems. */
function read(how: (path: string, encoding: 'utf8') => string, path: string): string {
  try {
    return how(path, 'utf8');
  } catch {
    return '';
  }
}
