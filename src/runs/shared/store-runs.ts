/** The runs of a store that several machines share, with copies in the home folder of those that are used here. */

import type { SharedRun, SharedRuns } from '../../data/store/shared-runs.js';
import { RunError, StorageError, UnknownRunError } from '../../errors.js';
import { type ActivationOptions, noRunBefore } from '../activations.js';
import { MemorySource } from '../byte-source.js';
import type { ChoosePart } from '../divided/division.js';
import type { RunContents, RunSummary, RunUsers, StoredRun } from '../format.js';
import {
  type DescribedRun,
  decodeDescribedRun,
  decodeDescription,
  descriptionFile,
  type ReadRunFile,
  type RunDescription,
  type RunFile,
} from '../run-files.js';
import { checkRunId, newestFirst } from '../run-id.js';
import { summaryOf, unusableSummary } from '../run-list.js';
import type { RunStore } from '../store.js';
import { RunCopies } from './copies.js';
import type { Runs } from './runs.js';

/** How long a list of the runs counts as the present one; a follower renews it more often. */
const freshMs = 2000;

/** What is known of the store's runs. */
interface View {
  readonly version: number;
  readonly runs: ReadonlyMap<string, SharedRun>;
  readonly seenAtMs: number;
}

/**
 * The runs of a shared store. The store decides which runs there are and which one is served; the home folder holds
 * copies, and the trainings that are not finished.
 */
export class StoreRuns implements Runs {
  readonly #local: RunStore;
  readonly #shared: SharedRuns;
  readonly #copies: RunCopies;
  /** Each description that was read, by the stamp of its run. */
  readonly #descriptions = new Map<string, RunDescription>();
  #view: View | null = null;

  constructor(home: string, local: RunStore, shared: SharedRuns) {
    this.#local = local;
    this.#shared = shared;
    this.#copies = new RunCopies(home, shared);
  }

  async list(): Promise<RunSummary[]> {
    const { active } = await this.#shared.state();
    const runs = [...(await this.#shared.list())].sort((a, b) => newestFirst(a.id, b.id));
    const summaries: RunSummary[] = [];
    for (const run of runs) {
      summaries.push({ ...(await this.#summary(run)), active: run.id === active });
    }
    return summaries;
  }

  /** The published runs in the home folder that the store does not have, newest first: `activate` sends them. */
  async unsent(): Promise<string[]> {
    const ids = this.#copies.ownIds();
    if (ids.length === 0) return [];
    const stored = new Set((await this.#shared.list()).map(({ id }) => id));
    return ids.filter((id) => !stored.has(id)).sort(newestFirst);
  }

  async load(id: string, choose?: ChoosePart): Promise<StoredRun> {
    await this.obtain(id);
    return this.#local.load(id, choose);
  }

  async users(id: string): Promise<RunUsers> {
    await this.obtain(id);
    return this.#local.users(id);
  }

  async describe(id: string): Promise<DescribedRun> {
    const run = whole(await this.#require(id));
    const description = await this.#description(run);
    const read = await this.#reader(run, ['vocabulary.jsonl', 'log.jsonl']);
    return decodeDescribedRun({
      description,
      read,
      pathOf: (file) => this.#placeOf(id, file),
    });
  }

  async stamp(id: string): Promise<string> {
    return stampOf(await this.#known(id));
  }

  async checkDescription(id: string): Promise<void> {
    const run = whole(await this.#known(id));
    try {
      await this.#description(run);
    } catch (error) {
      if (!(error instanceof StorageError) || !(await this.#copies.has(run))) throw error;
    }
  }

  async requirePublished(id: string): Promise<void> {
    await this.#known(id);
  }

  /** Checks a run in the store. One that is damaged there is mended, if this home has a whole copy. */
  async check(id: string): Promise<void> {
    checkRunId(id);
    try {
      await this.#shared.check(id);
    } catch (error) {
      if (!(error instanceof RunError) || error instanceof UnknownRunError) throw error;
      const run = await this.#shared.find(id);
      if (run === null || !(await this.#copies.has(run))) throw error;
      await this.send(id);
    }
  }

  async obtain(id: string, signal?: AbortSignal): Promise<void> {
    await this.#copies.obtain(whole(await this.#known(id)), signal);
  }

  async active(): Promise<string | null> {
    const { active, version } = await this.#shared.state();
    const view = this.#view;
    if (view?.version === version) this.#view = { ...view, seenAtMs: performance.now() };
    else this.#doubt();
    return active;
  }

  async previous(): Promise<string> {
    const { previous } = await this.#shared.state();
    if (previous === null) throw noRunBefore();
    return previous;
  }

  /** Publishes a run in the home folder, then in the store. @throws RunError when a run of that id exists */
  async publish(id: string, contents: RunContents): Promise<void> {
    this.#local.publish(id, contents);
    await this.send(id);
  }

  /**
   * Sends a run of the home folder to the store. To send it again does no harm.
   *
   * @throws RunError when a file is missing or damaged, or the store has another run of that id
   */
  async send(id: string): Promise<void> {
    await this.#shared.publish(id, await this.#copies.files(id));
    await this.#copies.mark(id);
    this.#doubt();
  }

  async activate(id: string, { isChecked = false }: ActivationOptions = {}): Promise<void> {
    checkRunId(id);
    const isUnsent = (await this.#shared.find(id)) === null && this.#copies.ownIds().includes(id);
    if (isUnsent) await this.send(id);
    await this.check(id);
    if (!isChecked) await this.describe(id);
    await this.#shared.activate(id);
  }

  async rollback(checked?: string): Promise<string> {
    const previous = checked ?? (await this.previous());
    await this.check(previous);
    if (checked === undefined) await this.describe(previous);
    await this.#shared.rollback(previous);
    return previous;
  }

  async remove(id: string): Promise<void> {
    checkRunId(id);
    if ((await this.#shared.find(id)) === null && !(await this.#copies.isCopy(id))) {
      // A training that is not finished, or a run that is in this home alone.
      if (!this.#local.pending().includes(id) && !this.#copies.ownIds().includes(id)) {
        throw this.#noRun(id);
      }
      this.#local.remove(id);
      return;
    }
    await this.#shared.remove(id);
    this.#doubt();
    if (await this.#copies.isCopy(id)) this.#copies.discard(id);
  }

  /** What is known of the runs counts no longer, as long as the store can be asked. */
  #doubt(): void {
    if (this.#view !== null) this.#view = { ...this.#view, seenAtMs: Number.NEGATIVE_INFINITY };
  }

  /** A run as the present list has it; while the store is gone, as the last list had it. */
  async #known(id: string): Promise<SharedRun> {
    checkRunId(id);
    const { runs } = await this.#presentView(id);
    const run = runs.get(id);
    if (run === undefined) throw this.#noRun(id);
    return run;
  }

  async #presentView(id: string): Promise<View> {
    const last = this.#view;
    const isFresh = last !== null && performance.now() - last.seenAtMs < freshMs;
    // A run that is not in the list may have been published a moment ago.
    if (isFresh && last.runs.has(id)) return last;
    try {
      // Taken before the list, so that a change in between is seen the next time.
      const seenAtMs = performance.now();
      const { version } = await this.#shared.state();
      const isSame = last?.version === version;
      const runs = isSame
        ? last.runs
        : new Map((await this.#shared.list()).map((run) => [run.id, run]));
      this.#view = { version, runs, seenAtMs };
      return this.#view;
    } catch (error) {
      if (error instanceof StorageError && last?.runs.has(id)) return last;
      throw error;
    }
  }

  /** A run as the store has it now. */
  async #require(id: string): Promise<SharedRun> {
    checkRunId(id);
    const run = await this.#shared.find(id);
    if (run === null) throw this.#noRun(id);
    return run;
  }

  #noRun(id: string): UnknownRunError {
    return new UnknownRunError(
      `there is no run ${id} in ${this.#shared.place}. \`multvae runs\` lists them.`,
    );
  }

  async #summary(run: SharedRun): Promise<Omit<RunSummary, 'active'>> {
    try {
      return summaryOf(await this.#description(whole(run)));
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      return unusableSummary(run.id, error.message);
    }
  }

  async #description(run: SharedRun): Promise<RunDescription> {
    const stamp = stampOf(run);
    const known = this.#descriptions.get(stamp);
    if (known !== undefined) return known;
    const place = this.#placeOf(run.id, descriptionFile);
    const text = (await this.#contents(run.id, descriptionFile)).toString('utf8');
    const description = decodeDescription(text, place);
    if (description.id !== run.id) {
      throw new RunError(
        `${place} describes run ${description.id}; remove the run and publish it again`,
      );
    }
    this.#descriptions.set(stamp, description);
    return description;
  }

  /** Reads some files of a run into memory, each checked. */
  async #reader(run: SharedRun, files: readonly RunFile[]): Promise<ReadRunFile> {
    const contents = new Map<RunFile, Buffer>();
    for (const file of files) contents.set(file, await this.#contents(run.id, file));
    return (file, decode) => decode(new MemorySource(contents.get(file)!));
  }

  async #contents(id: string, file: RunFile): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#shared.read(id, file)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #placeOf(id: string, file: string): string {
    return `${id}/${file} in ${this.#shared.place}`;
  }
}

/** A run of which nothing is known to be missing. @throws RunError saying what is */
function whole(run: SharedRun): SharedRun {
  if (run.problem !== null) throw new RunError(run.problem);
  return run;
}

function stampOf({ id, files, problem }: SharedRun): string {
  return [id, problem ?? '', ...files.map(({ sha256 }) => sha256)].join(' ');
}
