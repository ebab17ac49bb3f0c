/** The runs of a home, and which of them is served. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MultvaeError, RunError, UnknownRunError } from '../errors.js';
import { syncFolder, unwritable } from '../storage/durable-files.js';
import { storageError } from '../storage/faults.js';
import { type ActivationOptions, Activations } from './activations.js';
import type { ChoosePart } from './divided/division.js';
import type { RunContents, RunSummary, RunUsers, StoredRun } from './format.js';
import { HomeLocks, type LockHolder } from './locks.js';
import { PendingRuns, type TrainingClaim } from './pending-runs.js';
import {
  type DescribedRun,
  decodeDescribedRun,
  decodeRun,
  decodeUsers,
  encodeRun,
  type OpenedRun,
} from './run-files.js';
import {
  checkRunFolder,
  openRunFolder,
  removeOtherFiles,
  runFolderStamp,
  writeRunFolder,
} from './run-folder.js';
import { checkRunId, makeRunId } from './run-id.js';
import { RunList } from './run-list.js';

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
  readonly #locks: HomeLocks;
  readonly #list: RunList;

  constructor(home: string) {
    this.#folder = join(home, 'runs');
    this.#locks = new HomeLocks(home);
    this.#activations = new Activations(this.#folder);
    this.#pending = new PendingRuns(this.#folder, this.#locks);
    this.#list = new RunList(this.#folder);
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

  /** The same folder, whether it exists or not. */
  pendingPath(id: string): string {
    checkRunId(id);
    return this.#pending.path(id);
  }

  /**
   * Begins a run that this process trains, under an id that no run has. Until it gives the claim back or ends, nobody
   * else can claim or remove the run.
   *
   * @throws RunError or HomeError when the home cannot be written
   */
  begin(model: string): TrainingClaim {
    return this.#pending.begin(() => this.newRunId(model));
  }

  /**
   * Claims a run that has begun, to go on with it.
   *
   * @throws RunError when there is none, or it is being trained
   */
  claim(id: string): TrainingClaim {
    checkRunId(id);
    return this.#pending.claim(id, () => this.pending());
  }

  /** Who trains an unpublished run: another process, or this one; null for nobody. */
  trainer(id: string): LockHolder | null {
    checkRunId(id);
    return this.#pending.trainer(id);
  }

  /** Ids of the runs that have begun and are not published, newest first. */
  pending(): string[] {
    return this.#pending.idsAmong(this.#list.names());
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
    if (!existsSync(this.#path(id)) && !this.#pending.has(id)) throw this.#noRun(id);
    const claim = this.#locks.alone(() => this.#takeAway(id));
    try {
      rmSync(claim.folder, { recursive: true });
      syncFolder(this.#folder);
    } catch (error) {
      throw this.#notRemoved(id, error);
    } finally {
      claim.release();
    }
  }

  /** Makes a run pending, and claims it, so that nobody activates it or goes on with it. */
  #takeAway(id: string): TrainingClaim {
    const isPublished = existsSync(this.#path(id));
    if (!isPublished && !this.#pending.has(id)) throw this.#noRun(id);
    const claim = this.#pending.reserve(id);
    try {
      this.#activations.forget(id);
      if (isPublished) {
        rmSync(claim.folder, { recursive: true, force: true });
        renameSync(this.#path(id), claim.folder);
      }
      return claim;
    } catch (error) {
      claim.release();
      throw error instanceof MultvaeError ? error : this.#notRemoved(id, error);
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
    const refuseExisting = () => {
      if (!existsSync(target)) return;
      throw new RunError(`run ${id} exists already; a published run never changes`);
    };
    refuseExisting();
    const folder = this.#pending.make(id);
    const files = encodeRun(id, contents);
    try {
      writeRunFolder(folder, files, contents.divided?.shards);
      this.#locks.alone(() => {
        refuseExisting();
        renameSync(folder, target);
        syncFolder(this.#folder);
      });
    } catch (error) {
      throw error instanceof MultvaeError ? error : unwritable(target, error);
    }
    // After the rename: a crash before it needs the checkpoint.
    removeOtherFiles(target);
  }

  /**
   * Every published run, newest first, after a quick check: of every file but the weights, and of their size. `load`
   * checks the rest.
   */
  list(): RunSummary[] {
    return this.#list.summaries(this.active());
  }

  /**
   * A run, after checking every one of its files.
   *
   * @throws UnknownRunError when there is no such run
   * @throws RunError naming the file that is damaged, missing, foreign or newer
   */
  load(id: string, choose?: ChoosePart): StoredRun {
    return decodeRun(this.#open(id), choose);
  }

  /** The description of a run, and its log, read without weights and split. @throws RunError as `load` */
  describe(id: string): DescribedRun {
    return decodeDescribedRun(this.#open(id));
  }

  /** Who is held out, and whom the run was trained on. @throws RunError as `load`, for the files with users */
  users(id: string): RunUsers {
    return decodeUsers(this.#open(id));
  }

  /** Checks a run's `run.json` alone. @throws RunError as `load`, for that file */
  checkDescription(id: string): void {
    this.#open(id);
  }

  /**
   * Checks every file of a run against its checksum. The event loop goes on meanwhile.
   *
   * @throws UnknownRunError when there is no such run, RunError naming the file that is wrong
   */
  async check(id: string): Promise<void> {
    this.requirePublished(id);
    await checkRunFolder(this.#path(id), id);
  }

  /** A text that changes with every change of a run's files. @throws UnknownRunError when there is no such run */
  stamp(id: string): string {
    this.requirePublished(id);
    const stamp = runFolderStamp(this.#path(id));
    if (stamp === null) throw this.#noRun(id);
    return stamp;
  }

  /** The id of the run that is served; null for none. @throws RunError when `runs/active` holds anything but run ids */
  active(): string | null {
    return this.#activations.read()[0] ?? null;
  }

  /** The id of the run that was active before the active one. @throws RunError when there was none */
  previous(): string {
    return this.#activations.previous();
  }

  /**
   * Makes a run the one that is served, after checking it.
   *
   * @throws RunError as `load`; the active run then stays
   */
  activate(id: string, options: ActivationOptions = {}): void {
    checkRunId(id);
    if (!options.isChecked) this.load(id);
    this.#locks.alone(() => {
      // It may have been removed since it was checked.
      this.requirePublished(id);
      this.#activations.add(id);
    });
  }

  /**
   * Goes back to the run that was served before, after checking it.
   *
   * @param checked - that run, if the caller has checked it
   * @returns its id
   * @throws RunError when there was none, or as `load`; the active run then stays
   */
  rollback(checked?: string): string {
    const previous = checked ?? this.load(this.previous()).id;
    this.#locks.alone(() => {
      this.requirePublished(previous);
      this.#activations.goBack(previous);
    });
    return previous;
  }

  #noRun(id: string): UnknownRunError {
    return new UnknownRunError(
      `there is no run ${id} in ${this.#folder}. \`multvae runs\` lists them.`,
    );
  }

  #notRemoved(id: string, error: unknown): unknown {
    return storageError(`run ${id} cannot be removed`, error, { path: this.#path(id) });
  }

  #path(id: string): string {
    return join(this.#folder, id);
  }

  /** @throws UnknownRunError when there is no such run */
  requirePublished(id: string): void {
    checkRunId(id);
    if (!existsSync(this.#path(id))) throw this.#noRun(id);
  }

  /** The files of a run are in the home already. @throws UnknownRunError when there is no such run */
  obtain(id: string): void {
    this.requirePublished(id);
  }

  /** Opens a run after checking its `run.json`. */
  #open(id: string): OpenedRun {
    this.requirePublished(id);
    return openRunFolder(this.#path(id), id);
  }
}
