import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/folder.js';
import { RunError, UnknownRunError } from '../errors.js';
import { Activations } from './activations.js';
import { isMissing, readChecked, readFile } from './checked-files.js';
import { checksumsFile, decodeChecksums, encodeChecksums, sha256 } from './checksums.js';
import { claimFile, claimFolder, folderHolder } from './claim.js';
import { syncFolder, unwritable, writeDurably } from './durable-files.js';
import type { RunContents, RunSummary, StoredRun } from './format.js';
import type { DescribedRun, ReadRunFile, RunDescription } from './run-files.js';
import {
  decodeDescribedRun,
  decodeDescription,
  decodeRun,
  decodeText,
  descriptionFile,
  encodeRun,
  runFiles,
} from './run-files.js';
import { checkRunId, isRunId, makeRunId, newestFirst } from './run-id.js';

const pendingPrefix = '.pending-';

/**
 * The runs of one home: `<home>/runs/<id>/`, written beside as `.pending-<id>`, and which one is served.
 *
 * A published run is never changed. Two processes may share a home; the last to activate wins.
 */
export class RunStore {
  readonly #folder: string;
  readonly #activations: Activations;

  constructor(home: string) {
    this.#folder = join(home, 'runs');
    this.#activations = new Activations(this.#folder);
  }

  /** An id that no run, published or pending, has. */
  newRunId(model: string, now: Date = new Date()): string {
    for (;;) {
      const id = makeRunId(model, now);
      if (!existsSync(this.#path(id)) && !existsSync(this.#pendingPath(id))) return id;
    }
  }

  /**
   * The folder where a run in training keeps what it needs to go on; made where it is missing.
   * Publishing removes from it whatever is no part of a run.
   *
   * @throws RunError when `id` is no plain run id, or the folder cannot be made
   */
  pendingDir(id: string): string {
    checkRunId(id);
    const folder = this.#pendingPath(id);
    try {
      makeFolder(folder);
    } catch (error) {
      throw unwritable(folder, error);
    }
    return folder;
  }

  /**
   * `pendingDir`, for who trains the run: until this process ends, no other may claim or remove it.
   *
   * @throws RunError when another process trains it
   */
  claim(id: string): string {
    const folder = this.pendingDir(id);
    this.#refuseHeld(id);
    try {
      claimFolder(folder);
    } catch (error) {
      throw unwritable(folder, error);
    }
    return folder;
  }

  /** The other process that trains a run which is not published; null when none does. */
  trainer(id: string): number | null {
    checkRunId(id);
    return folderHolder(this.#pendingPath(id));
  }

  /** Ids of the runs that were begun and not published, newest first. */
  pending(): string[] {
    return this.#entries()
      .filter((name) => name.startsWith(pendingPrefix))
      .map((name) => name.slice(pendingPrefix.length))
      .filter(isRunId)
      .sort(newestFirst);
  }

  /**
   * Deletes a run, published or begun. A published one goes back among the begun ones first, so that whoever is
   * killed meanwhile leaves no half of it to be served.
   *
   * @throws RunError when there is no such run, it is active or in training, or the disk refuses
   */
  remove(id: string): void {
    checkRunId(id);
    const [active, ...before] = this.#activations.read();
    if (id === active) {
      throw new RunError(
        `run ${id} is the active one; activate another with \`multvae activate RUN\` before you remove it`,
      );
    }
    const isPublished = existsSync(this.#path(id));
    if (!isPublished && !existsSync(this.#pendingPath(id))) throw this.#noRun(id);
    if (!isPublished) this.#refuseHeld(id);
    if (before.includes(id)) {
      this.#activations.write([active!, ...before.filter((other) => other !== id)]);
    }
    try {
      if (isPublished) renameSync(this.#path(id), this.#pendingPath(id));
      rmSync(this.#pendingPath(id), { recursive: true });
    } catch (error) {
      throw new RunError(`run ${id} cannot be removed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * Makes a run visible, whole or not at all: written beside, synced to disk, renamed.
   *
   * @throws RunError when the id is taken, or the disk does not take the run
   */
  publish(id: string, contents: RunContents): void {
    checkRunId(id);
    const target = this.#path(id);
    if (existsSync(target)) throw new RunError(`run ${id} exists already; a run is never changed`);
    const folder = this.pendingDir(id);
    const files = encodeRun(id, contents);
    const sums = new Map(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
    try {
      for (const [name, bytes] of Object.entries(files)) {
        writeDurably(join(folder, name), bytes);
      }
      writeDurably(join(folder, checksumsFile), encodeChecksums(sums));
      syncFolder(folder);
      renameSync(folder, target);
      syncFolder(this.#folder);
    } catch (error) {
      throw unwritable(target, error);
    }
    // Only now: until the rename, the checkpoint is what a crash would need.
    for (const name of readdirSync(target)) {
      if (name !== checksumsFile && !runFiles.some((file) => file === name)) {
        rmSync(join(target, name), { recursive: true });
      }
    }
  }

  /** Every published run, newest first. Only `run.json` is checked; `load` checks the rest. */
  list(): RunSummary[] {
    const active = this.active();
    return this.#entries()
      .filter(isRunId)
      .sort(newestFirst)
      .map((id) => this.#summary(id, id === active));
  }

  /**
   * A run, after checking every one of its files.
   *
   * @throws RunError when there is no such run, or saying which file is damaged, missing, foreign or newer
   */
  load(id: string): StoredRun {
    const { description, read } = this.#open(id);
    return decodeRun(description, read, (file) => join(this.#path(id), file));
  }

  /**
   * What a run says of itself, and its log: quicker than `load`, because weights and split are not read.
   *
   * @throws RunError as `load`, for the files that are read
   */
  describe(id: string): DescribedRun {
    const { description, read } = this.#open(id);
    return decodeDescribedRun(description, read, (file) => join(this.#path(id), file));
  }

  /**
   * Checks a run's `run.json` alone, before what it costs to load the run is spent.
   *
   * @throws RunError as `load`, for that file
   */
  checkDescription(id: string): void {
    this.#open(id);
  }

  /**
   * The id of the run that is served, or null; the run itself is not looked at.
   *
   * @throws RunError when `runs/active` holds anything but run ids
   */
  active(): string | null {
    return this.#activations.read()[0] ?? null;
  }

  /**
   * The id of the run that was active before the active one.
   *
   * @throws RunError when there was none
   */
  previous(): string {
    const previous = this.#activations.read()[1];
    if (previous === undefined) {
      throw new RunError(
        'no run was active before this one. `multvae runs` lists the runs; `multvae activate RUN` chooses one.',
      );
    }
    return previous;
  }

  /**
   * Makes a run the one that is served, after checking it.
   *
   * @param isChecked - the caller has just loaded it
   * @throws RunError as `load`; the active run then stays
   */
  activate(id: string, isChecked = false): void {
    checkRunId(id);
    if (!isChecked) this.load(id);
    const before = this.#activations.read();
    if (before[0] !== id) this.#activations.write([id, ...before]);
  }

  /**
   * Goes back to the run that was served before, after checking it.
   *
   * @param isChecked - the caller has just loaded it
   * @returns its id
   * @throws RunError when there was none, or as `load`; the active run then stays
   */
  rollback(isChecked = false): string {
    const previous = this.previous();
    if (!isChecked) this.load(previous);
    this.#activations.write(this.#activations.read().slice(1));
    return previous;
  }

  #refuseHeld(id: string): void {
    const pid = this.trainer(id);
    if (pid === null) return;
    throw new RunError(
      `run ${id} is being trained by process ${pid}; stop that first, or delete ${join(this.#pendingPath(id), claimFile)} if the process is another program`,
    );
  }

  #noRun(id: string): UnknownRunError {
    return new UnknownRunError(
      `there is no run ${id} in ${this.#folder}. \`multvae runs\` lists them.`,
    );
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }

  #pendingPath(id: string): string {
    return join(this.#folder, `${pendingPrefix}${id}`);
  }

  #entries(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new RunError(`${this.#folder} cannot be read: ${(error as Error).message}`);
    }
  }

  #summary(id: string, active: boolean): RunSummary {
    try {
      const { config, lineage, metrics } = this.#open(id).description;
      const { dataName, createdAt } = lineage;
      return { id, active, problem: null, model: config.model, dataName, createdAt, metrics };
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      const unknown = { model: null, dataName: null, createdAt: null, metrics: null };
      return { id, active, problem: error.message, ...unknown };
    }
  }

  /** Checks `run.json`, and gives the means to read the other files, each checked as it is read. */
  #open(id: string): { description: RunDescription; read: ReadRunFile } {
    checkRunId(id);
    const folder = this.#path(id);
    if (!existsSync(folder)) throw this.#noRun(id);
    const sumsPath = join(folder, checksumsFile);
    const sums = decodeChecksums(readFile(sumsPath).toString('utf8'), sumsPath);
    const read: ReadRunFile = (file, decode) =>
      readChecked(join(folder, file), sums.get(file), decode);
    const path = join(folder, descriptionFile);
    const description = decodeDescription(read(descriptionFile, decodeText), path);
    if (description.id !== id) {
      throw new RunError(`${path} describes run ${description.id}; rename the folder back to that`);
    }
    return { description, read };
  }
}
