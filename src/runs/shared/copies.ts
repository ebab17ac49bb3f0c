/** Copies of published runs in a home folder, fetched from a store that several machines share. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeHomeFolder } from '../../data/home.js';
import type {
  PublishedFile,
  SharedFile,
  SharedRun,
  SharedRuns,
} from '../../data/store/shared-runs.js';
import { MultvaeError, RunError } from '../../errors.js';
import { replaceFile, syncFolder, unwritable } from '../../storage/durable-files.js';
import { storageError } from '../../storage/faults.js';
import { checksumsFile, readFile, sha256 } from '../checked-files.js';
import { type Claim, HomeLocks } from '../locks.js';
import { checkRunFolder, isRunFile, openRunFolder } from '../run-folder.js';
import { isRunId } from '../run-id.js';

/** `<home>/runs/.stored-<id>` names the store that has the run of that folder. */
const markPrefix = '.stored-';
/** A run on its way here, and one on its way out. */
const fetchedPrefix = '.fetching-';
const discardedPrefix = '.discarded-';

/** How often to look whether another process has fetched a run. */
const waitMs = 100;

/**
 * The runs of a home folder that are copies of a store's runs. A mark beside the folder of each says of which store,
 * so that a run which is here alone is never taken for a copy. Processes that share the folder fetch a run once.
 */
export class RunCopies {
  readonly #folder: string;
  readonly #locks: HomeLocks;
  readonly #shared: SharedRuns;

  constructor(home: string, shared: SharedRuns) {
    this.#folder = join(home, 'runs');
    this.#locks = new HomeLocks(home);
    this.#shared = shared;
  }

  /** Whether the folder of a run is a copy of a run of this store. */
  async isCopy(id: string): Promise<boolean> {
    return existsSync(this.path(id)) && this.#mark(id) === (await this.#shared.identity());
  }

  /** The ids of the runs in the folder that are no copies of any store's runs. */
  ownIds(): string[] {
    return this.#names().filter((name) => isRunId(name) && this.#mark(name) === null);
  }

  path(id: string): string {
    return join(this.#folder, id);
  }

  /** Notes that the store has the run of this folder. */
  async mark(id: string): Promise<void> {
    const path = this.#markPath(id);
    try {
      replaceFile(path, `${await this.#shared.identity()}\n`);
    } catch (error) {
      throw error instanceof MultvaeError ? error : unwritable(path, error);
    }
  }

  /** The files of a run in the folder, ready to be published. @throws RunError when one is missing or damaged */
  files(id: string): Promise<PublishedFile[]> {
    return publishedFiles(this.path(id), id);
  }

  /**
   * Whether the folder holds a run as it was published, whole.
   *
   * @throws RunError when another run of the same id is there
   */
  async has(run: SharedRun): Promise<boolean> {
    const folder = this.path(run.id);
    if (!existsSync(folder)) return false;
    const sums = run.files.find(({ name }) => name === checksumsFile);
    let isSame: boolean;
    try {
      isSame = sha256(readFile(join(folder, checksumsFile))) === sums?.sha256;
      if (isSame) await checkRunFolder(folder, run.id);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      return false;
    }
    const mark = this.#mark(run.id);
    if (!isSame && mark === null) {
      throw new RunError(
        `${folder} holds another run than ${this.#shared.place} has under this id; move the folder away`,
      );
    }
    if (isSame && mark === null) await this.mark(run.id);
    return isSame;
  }

  /**
   * Makes sure that the folder holds a run of the store, whole.
   *
   * @throws RunError naming what is damaged, StorageError when disk or store refuse, or the signal's reason
   */
  async obtain(run: SharedRun, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      if (await this.has(run)) return;
      const claim = this.#claim(run.id);
      if (claim !== null) return this.#fetchAlone(run, claim, signal);
      // Another process fetches it. Its lock ends with it, whatever happens to it.
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /**
   * Removes the copies of runs that the store has removed, and what killed processes left. Whatever the store does not
   * know stays: a store that was restored from an older copy must not cost a run.
   */
  async purge(): Promise<void> {
    const names = this.#names();
    const identity = await this.#shared.identity();
    const marked = names
      .filter((name) => name.startsWith(markPrefix))
      .map((name) => name.slice(markPrefix.length))
      .filter((id) => isRunId(id) && this.#mark(id) === identity);
    for (const id of await this.#shared.removedAmong(marked)) this.discard(id);
    for (const name of names) {
      if (name.startsWith(discardedPrefix)) this.#delete(name);
      else if (name.startsWith(fetchedPrefix)) this.#sweep(name.slice(fetchedPrefix.length));
    }
  }

  /** Deletes the copy of a run. */
  discard(id: string): void {
    this.#locks.alone(() => {
      this.#putAside(id);
      // After the folder: without a mark it would be a run of this home's own.
      this.#delete(`${markPrefix}${id}`);
    });
    this.#delete(`${discardedPrefix}${id}`);
  }

  /** The right to fetch a run; null while another process has it. It does not wait, as a plain claim would. */
  #claim(id: string): Claim | null {
    const name = `${id}.fetch`;
    if (this.#locks.holder(name) !== null) return null;
    return this.#locks.alone(() => this.#locks.claim(name));
  }

  async #fetchAlone(run: SharedRun, claim: Claim, signal?: AbortSignal): Promise<void> {
    const name = `${fetchedPrefix}${run.id}`;
    try {
      // The process that held the lock before may have just fetched it.
      if (await this.has(run)) return;
      await this.#fetch(run, join(this.#folder, name), signal);
    } catch (error) {
      this.#delete(name);
      throw error;
    } finally {
      claim.release();
    }
  }

  async #fetch(run: SharedRun, folder: string, signal?: AbortSignal): Promise<void> {
    // The copies grow here alone, so this bounds them; and the disk has room for the new one.
    await this.purge();
    this.#delete(`${fetchedPrefix}${run.id}`);
    makeHomeFolder(folder);
    const foreign = run.files.find(({ name }) => !isRunFile(name));
    if (foreign !== undefined) {
      throw new RunError(
        `run ${run.id} in ${this.#shared.place} has a file ${foreign.name}, which this version does not know; upgrade multvae to use it`,
      );
    }
    for (const file of run.files) await this.#download(run.id, file, { folder, signal });
    await checkRunFolder(folder, run.id);
    const target = this.path(run.id);
    try {
      syncFolder(folder);
      await this.mark(run.id);
      this.#locks.alone(() => {
        this.#putAside(run.id);
        renameSync(folder, target);
        syncFolder(this.#folder);
      });
    } catch (error) {
      throw error instanceof MultvaeError ? error : unwritable(target, error);
    }
    this.#delete(`${discardedPrefix}${run.id}`);
  }

  async #download(
    id: string,
    { name }: SharedFile,
    { folder, signal }: { readonly folder: string; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    const path = join(folder, name);
    try {
      const file = await open(path, 'w');
      try {
        for await (const chunk of this.#shared.read(id, name)) {
          signal?.throwIfAborted();
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw error instanceof MultvaeError || signal?.aborted ? error : unwritable(path, error);
    }
  }

  /** Moves a run's folder out of the way, whatever it holds. Call it inside `HomeLocks.alone`. */
  #putAside(id: string): void {
    if (!existsSync(this.path(id))) return;
    const aside = `${discardedPrefix}${id}`;
    this.#delete(aside);
    try {
      renameSync(this.path(id), join(this.#folder, aside));
    } catch (error) {
      throw unwritable(this.path(id), error);
    }
  }

  /** Removes a half-fetched run, unless its process lives. */
  #sweep(id: string): void {
    const claim = this.#claim(id);
    if (claim === null) return;
    this.#delete(`${fetchedPrefix}${id}`);
    claim.release();
  }

  /** @throws StorageError when the disk refuses */
  #delete(name: string): void {
    const path = join(this.#folder, name);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (error) {
      throw storageError(`${path} cannot be removed`, error, { path });
    }
  }

  #names(): string[] {
    return existsSync(this.#folder) ? readdirSync(this.#folder) : [];
  }

  #markPath(id: string): string {
    return join(this.#folder, `${markPrefix}${id}`);
  }

  /** The identity of the store that has the run of this folder; null for none. */
  #mark(id: string): string | null {
    try {
      return readFileSync(this.#markPath(id), 'utf8').trim();
    } catch {
      return null;
    }
  }
}

/** The files of a run's folder, ready to be published. @throws RunError when one is missing or damaged */
export async function publishedFiles(folder: string, id: string): Promise<PublishedFile[]> {
  await checkRunFolder(folder, id);
  return Promise.all(
    [checksumsFile, ...openRunFolder(folder, id).files].map(async (name) => {
      const path = join(folder, name);
      const read = () => createReadStream(path, { highWaterMark: 2 ** 20 });
      const hash = createHash('sha256');
      for await (const piece of read()) hash.update(piece);
      const { size } = await stat(path);
      return { name, bytes: size, sha256: hash.digest('hex'), read };
    }),
  );
}
