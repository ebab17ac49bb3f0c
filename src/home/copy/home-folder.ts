/** Fills a home folder with a copy: beside its place, and then moved to it. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../../data/home.js';
import { type CopiedContents, copiedTables } from '../../data/store/copy/contents.js';
import type { CopiedRuns, Filling } from '../../data/store/copy/copies.js';
import { copyModule } from '../../data/store/open.js';
import { HomeError, MultvaeError } from '../../errors.js';
import { writeRuns } from '../../runs/shared/copied-runs.js';
import { RunStore } from '../../runs/store.js';
import { syncFolder, unwritable } from '../../storage/durable-files.js';

const database = 'multvae.db';
/** What a home folder holds of a data set and its runs; the database is the first to go and the last to come. */
const outgoing = [database, `${database}-wal`, `${database}-shm`, 'runs', 'evaluations'];
const incoming = ['evaluations', 'runs', database];

/** Folders of a copy that is on its way: `.copying-PID` and `.replaced-PID` in a folder, `NAME.copying-PID` beside one. */
const leftover = /\.(?:copying|replaced)-(\d+)$/;

/**
 * Fills a folder, all or nothing. A folder that is not there yet appears whole. In one that is there, the database moves
 * in last: a process that is killed just then leaves a home without a data set, which the next copy fills.
 *
 * @throws HomeError when the home holds something and `replace` is false
 */
export async function fillFolder(
  folder: string,
  filling: Filling & { readonly runs: CopiedRuns },
): Promise<CopiedContents> {
  const target = resolve(folder);
  const isThere = existsSync(target);
  const wasKilled = sweep(isThere ? target : dirname(target), isThere ? '' : basename(target));
  if (isThere && !filling.replace && !(wasKilled && !existsSync(join(target, database)))) {
    const held = await whatIsHeld(target);
    if (held !== null) throw isHeld(folder, held);
  }
  const staging = isThere
    ? join(target, `.copying-${process.pid}`)
    : `${target}.copying-${process.pid}`;
  try {
    makeFolder(dirname(staging));
    mkdirSync(staging);
  } catch (error) {
    throw unwritable(staging, error);
  }
  try {
    const place = { folder: staging, store: null };
    const copied = await (await copyModule(place)).fillStore(place, filling);
    await writeRuns(staging, filling.runs);
    syncFolder(staging);
    if (isThere) moveIn(staging, target);
    else renameSync(staging, target);
    syncFolder(dirname(target));
    return copied;
  } catch (error) {
    throw error instanceof MultvaeError ? error : unwritable(target, error);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Moves a copy into a folder, in the place of what is there. */
function moveIn(staging: string, target: string): void {
  const replaced = join(target, `.replaced-${process.pid}`);
  mkdirSync(replaced);
  const done: [from: string, to: string][] = [];
  const move = (name: string, from: string, to: string) => {
    if (!existsSync(join(from, name))) return;
    renameSync(join(from, name), join(to, name));
    done.push([join(from, name), join(to, name)]);
  };
  try {
    for (const name of outgoing) move(name, target, replaced);
    for (const name of incoming) move(name, staging, target);
  } catch (error) {
    for (const [from, to] of done.reverse()) renameSync(to, from);
    rmSync(replaced, { recursive: true, force: true });
    throw error;
  }
  syncFolder(target);
  rmSync(replaced, { recursive: true, force: true });
}

/** Removes what copies left that were killed. Gives whether there were any. */
function sweep(folder: string, name: string): boolean {
  if (!existsSync(folder)) return false;
  let wasKilled = false;
  for (const entry of readdirSync(folder)) {
    const match = leftover.exec(entry);
    if (match === null || entry.slice(0, match.index) !== name || isAlive(Number(match[1])))
      continue;
    rmSync(join(folder, entry), { recursive: true, force: true });
    wasKilled = true;
  }
  return wasKilled;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a home holds, to complete a sentence; null for nothing. */
async function whatIsHeld(folder: string): Promise<string | null> {
  if (existsSync(join(folder, database))) {
    const place = { folder, store: null };
    const { readContents } = await copyModule(place);
    const held = await readContents(place, async (contents) => {
      for await (const [row] of contents.rows(copiedTables.dataset))
        return `the data set ${row![0]}`;
      for (const table of [copiedTables.items, copiedTables.feedback, copiedTables.rules]) {
        for await (const _ of contents.rows(table)) return `${table.name} without a data set`;
      }
      return null;
    });
    if (held !== null) return held;
  }
  const runs = new RunStore(folder).list().length;
  return runs === 0 ? null : `${runs} run${runs === 1 ? '' : 's'}`;
}

function isHeld(folder: string, held: string): HomeError {
  return new HomeError(
    `${folder} holds ${held}; give --replace to delete that and put the copy in its place, or give another folder`,
  );
}
