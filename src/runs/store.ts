/** The runs of a home, and which of them is served. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunError, UnknownRunError } from '../errors.js';
import { syncFolder, unwritable } from '../storage/durable-files.js';
import { storageError } from '../storage/faults.js';
import { Activations } from './activations.js';
import { isMissing } from './checked-files.js';
import type { RunContents, RunSummary, StoredRun } from './format.js';
import { PendingRuns } from './pending-runs.js';
import { type DescribedRun, decodeDescribedRun, decodeRun, encodeRun } from './run-files.js';
import { isRunFile, type OpenedRun, openRunFolder, writeRunFolder } from './run-folder.js';
import { checkRunId, isRunId, makeRunId, newestFirst } from './run-id.js';

/** How to make a run the served one. */
export interface ActivationOptions {
  /** The caller has just loaded the run, so that its files need no check. Default: false. */
  readonly isChecked?: boolean;
}

/**
 * The runs of one home, in `<home>/runs/<id>/`, and which of them is served. A run is written beside its place and
 * then renamed.
 *
 * A published run never changes. Two processes may share a home; the last to activate wins.
 *
 * Every method that takes an id throws UnknownRunError when the id is no plain run id.
 */
export class RunStore {
  readonly #folder: string;
  readonly #activations: Activations;
  readonly #pending: PendingRuns;

  constructor(home: string) {
    this.#folder = join(home, 'runs');
    this.#activations = new Activations(this.#folder);
    this.#pending = new PendingRuns(this.#folder);
  }

  /** An id that no run has, published or pending. */
  newRunId(model: string, now: Date = new Date()): string {
    for (;;) {
      const id = makeRunId(model, now);
      if (!existsSync(this.#path(id)) && !this.#pending.has(id)) return id;
    }
  }

  /**
   * The folder where a run in training keeps its state; made where it is missing. Publishing removes every file from
   * it that is not part of a run.
   *
   * @throws RunError when the folder cannot be made
   */
  pendingDir(id: string): string {
    checkRunId(id);
    return this.#pending.make(id);
  }

  /**
   * `pendingDir` for the process that trains the run. Until it ends, no other process can claim or remove the run.
   *
   * @throws RunError when another process trains the run
   */
  claim(id: string): string {
    checkRunId(id);
    return this.#pending.claim(id);
  }

  /** The id of the other process that trains an unpublished run; null when there is none. */
  trainer(id: string): number | null {
    checkRunId(id);
    return this.#pending.trainer(id);
  }

  /** Ids of the runs that have begun and are not published, newest first. */
  pending(): string[] {
    return this.#pending.idsAmong(this.#entries());
  }

  /**
   * Deletes a run, published or pending. A published run becomes pending first: a process that is killed meanwhile
   * leaves no half of it to be served.
   *
   * @throws UnknownRunError when there is no such run
   * @throws RunError when the run is active or in training, StorageError when the disk refuses
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
    if (!isPublished && !this.#pending.has(id)) throw this.#noRun(id);
    if (!isPublished) this.#pending.refuseClaimed(id);
    if (before.includes(id)) {
      this.#activations.write([active!, ...before.filter((other) => other !== id)]);
    }
    try {
      if (isPublished) renameSync(this.#path(id), this.#pending.path(id));
      rmSync(this.#pending.path(id), { recursive: true });
    } catch (error) {
      throw storageError(`run ${id} cannot be removed`, error, { path: this.#path(id) });
    }
  }

  /**
   * Makes a run visible, whole or not at all: it is written beside its place, synced to disk and renamed.
   *
   * @throws RunError when a run of that id exists, StorageError when the disk refuses: nothing is published then
   */
  publish(id: string, contents: RunContents): void {
    checkRunId(id);
    const target = this.#path(id);
    if (existsSync(target))
      throw new RunError(`run ${id} exists already; a published run never changes`);
    const folder = this.#pending.make(id);
    const files = encodeRun(id, contents);
    try {
      writeRunFolder(folder, files);
      renameSync(folder, target);
      syncFolder(this.#folder);
    } catch (error) {
      throw unwritable(target, error);
    }
    // After the rename: a crash before it needs the checkpoint.
    for (const name of readdirSync(target)) {
      if (!isRunFile(name)) rmSync(join(target, name), { recursive: true });
    }
  }

  /** Every published run, newest first. It checks only `run.json`; `load` checks the rest. */
  list(): RunSummary[] {
    const active = this.active();
    return this.#entries()
      .filter(isRunId)
      .sort(newestFirst)
      .map((id) => this.#summary(id, active));
  }

  /**
   * A run, after checking every one of its files.
   *
   * @throws UnknownRunError when there is no such run
   * @throws RunError naming the file that is damaged, missing, foreign or newer
   */
  load(id: string): StoredRun {
    const { description, read } = this.#open(id);
    return decodeRun(description, read, (file) => join(this.#path(id), file));
  }

  /**
   * The description of a run, and its log. It is quicker than `load`: it reads neither weights nor split.
   *
   * @throws RunError as `load`, for the files that are read
   */
  describe(id: string): DescribedRun {
    const { description, read } = this.#open(id);
    return decodeDescribedRun(description, read, (file) => join(this.#path(id), file));
  }

  /**
   * Checks a run's `run.json` alone, which costs far less than loading the run.
   *
   * @throws RunError as `load`, for that file
   */
  checkDescription(id: string): void {
    this.#open(id);
  }

  /**
   * The id of the run that is served; null when there is none. The run itself is not read.
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
   * @throws RunError as `load`; the active run then stays
   */
  activate(id: string, options: ActivationOptions = {}): void {
    checkRunId(id);
    if (!options.isChecked) this.load(id);
    const before = this.#activations.read();
    if (before[0] !== id) this.#activations.write([id, ...before]);
  }

  /**
   * Goes back to the run that was served before, after checking it.
   *
   * @returns its id
   * @throws RunError when there was none, or as `load`; the active run then stays
   */
  rollback(options: ActivationOptions = {}): string {
    const previous = this.previous();
    if (!options.isChecked) this.load(previous);
    this.#activations.write(this.#activations.read().slice(1));
    return previous;
  }

  #noRun(id: string): UnknownRunError {
    return new UnknownRunError(
      `there is no run ${id} in ${this.#folder}. \`multvae runs\` lists them.`,
    );
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }

  #entries(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new RunError(`${this.#folder} cannot be read: ${(error as Error).message}`);
    }
  }

  #summary(id: string, activeId: string | null): RunSummary {
    const active = id === activeId;
    try {
      const { config, lineage, metrics } = this.#open(id).description;
      const { dataName, createdAt } = lineage;
      return { id, active, problem: null, model: config.model, dataName, createdAt, metrics };
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      return {
        id,
        active,
        problem: error.message,
        model: null,
        dataName: null,
        createdAt: null,
        metrics: null,
      };
    }
  }

  /** Opens a run after checking its `run.json`. */
  #open(id: string): OpenedRun {
    checkRunId(id);
    const folder = this.#path(id);
    if (!existsSync(folder)) throw this.#noRun(id);
    return openRunFolder(folder, id);
  }
}
