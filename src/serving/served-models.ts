/** Keeps the served models: the active one and one other, with switches that no request notices. */

import { ClickMatrix } from '../data/click-matrix.js';
import { RunError, UnavailableError, UnknownRunError } from '../errors.js';
import type { Runs } from '../runs/shared/runs.js';
import { Follower, type Lag } from './swap/follower.js';
import { LoadQueue } from './swap/load-queue.js';
import { type ServedModel, Slot } from './swap/slot.js';

export type { Lag } from './swap/follower.js';
export type { ServedModel } from './swap/slot.js';

/** The run that is served now, and the one before. */
export interface Activation {
  readonly active: string;
  readonly previous: string | null;
}

/** The models that answer requests: the active one, and at most one other. */
export interface ServedModels {
  /**
   * The active model at this moment; null if there is none. It may be disposed as soon as the caller awaits something;
   * `withModel` keeps it.
   */
  active(): ServedModel | null;

  /**
   * Runs `use` with one model, which is neither switched nor disposed meanwhile.
   *
   * @param run - undefined for the active run; another run's model is loaded, and stays until a third is asked for
   * @param use - must not call `withModel` for another run
   * @param untilAnswered - gives a signal that is aborted when nobody waits for the use any longer: one that waits for
   *   a load then does not begin. Called only for such a use
   * @throws UnavailableError while no run is active, or when too many other runs wait to be loaded
   * @throws UnknownRunError when there is no such run, RunError when it cannot be used
   */
  withModel<T>(
    run: string | undefined,
    use: (model: ServedModel) => Promise<T>,
    untilAnswered?: () => AbortSignal,
  ): Promise<T>;

  /** Why another run is served than the one that is named as active; null while they are the same. */
  lag(): Lag | null;

  /**
   * Makes a run the active one, here and on disk. Every file of it is checked on disk. Its model is loaded beside the
   * old one and tried out first.
   *
   * @throws UnknownRunError or RunError saying why the run cannot be used; the old run then stays active
   */
  activate(run: string): Promise<Activation>;

  /**
   * Activates the run that was active before.
   *
   * @throws RunError when there was none, or as `activate`
   */
  rollback(): Promise<Activation>;
}

/** What `HomeModels` needs. */
export interface HomeModelsOptions {
  readonly store: Runs;
  /** Loads a run's model, and checks all its files. It may give up once the signal is aborted. */
  readonly open: (run: string, signal: AbortSignal) => Promise<ServedModel>;
  /**
   * Reads what a model answers from beside its weights, before the model takes the place of another. Default: nothing.
   *
   * @throws the error because of which the other stays
   */
  readonly readAhead?: (model: ServedModel) => Promise<void>;
  /** Told why a run that another process activated cannot be served. */
  readonly onProblem: (error: Error) => void;
}

/** How long `close` waits for requests that use a model. */
const maxUseMs = 5000;

/** The models of a home's runs. Loads and switches happen one at a time; answers go on meanwhile. */
export class HomeModels implements ServedModels {
  readonly #store: Runs;
  readonly #open: HomeModelsOptions['open'];
  readonly #readAhead: HomeModelsOptions['readAhead'];
  readonly #queue = new LoadQueue(async (run) => this.#loaded(run) ?? (await this.#loadOther(run)));
  readonly #follower: Follower;
  readonly #stopped = new AbortController();
  #active: Slot | null = null;
  #other: Slot | null = null;
  /** Models that serve no new request. */
  readonly #retiring = new Set<Slot>();
  #watching: NodeJS.Timeout | undefined;

  constructor({ store, open, readAhead, onProblem }: HomeModelsOptions) {
    this.#store = store;
    this.#open = open;
    this.#readAhead = readAhead;
    this.#follower = new Follower({
      store,
      served: () => this.#active?.id ?? null,
      follow: () => this.follow(),
      onProblem: (error) => {
        if (!this.#stopped.signal.aborted) onProblem(error);
      },
    });
  }

  active(): ServedModel | null {
    return this.#active?.model ?? null;
  }

  lag(): Lag | null {
    return this.#follower.lag;
  }

  async withModel<T>(
    run: string | undefined,
    use: (model: ServedModel) => Promise<T>,
    untilAnswered?: () => AbortSignal,
  ): Promise<T> {
    if (run === undefined || run === this.#active?.id) {
      if (this.#active !== null) return this.#active.use(use);
      throw new UnavailableError('no run is active; train or activate one');
    }
    await this.#requirePublished(run);
    if (run === this.#other?.id) return this.#other.use(use);
    await this.#store.checkDescription(run);
    return this.#queue.use({ run, use, signal: untilAnswered?.() });
  }

  activate(run: string): Promise<Activation> {
    return this.#queue.switch(() =>
      this.#switchTo(run, () => this.#store.activate(run, { isChecked: true })),
    );
  }

  rollback(): Promise<Activation> {
    return this.#queue.switch(async () => {
      const previous = await this.#store.previous();
      return this.#switchTo(previous, () => this.#store.rollback(previous));
    });
  }

  /**
   * Serves the run that is named as active now, which another process may have changed.
   *
   * @throws RunError when that run cannot be used; the old one then stays active
   */
  follow(): Promise<void> {
    return this.#queue.switch(async () => {
      const named = await this.#store.active();
      if (named !== null && named !== this.#active?.id)
        await this.#switchTo(named, () => undefined);
    });
  }

  /** Follows the choice of the active run until `close`. @param intervalMs - how often to look */
  watch(intervalMs = 250): void {
    this.#watching = setInterval(() => this.#follower.look(), intervalMs).unref();
  }

  /** Refuses every load and switch from now on, and gives up the one under way. Loaded models go on answering. */
  stop(): void {
    clearInterval(this.#watching);
    const reason = new UnavailableError('the server is stopping');
    this.#queue.stop(reason);
    this.#stopped.abort(reason);
  }

  /**
   * Disposes every model once no request uses it.
   *
   * @param timeoutMs - after this, also models that are in use
   */
  async close(timeoutMs = maxUseMs): Promise<void> {
    this.stop();
    await this.#queue.idle();
    for (const slot of [this.#active, this.#other]) if (slot !== null) void this.#retire(slot);
    this.#active = null;
    this.#other = null;
    const limit = setTimeout(() => {
      for (const slot of this.#retiring) slot.dispose();
    }, timeoutMs);
    await Promise.all(Array.from(this.#retiring, (slot) => slot.retire()));
    clearTimeout(limit);
  }

  async #retire(slot: Slot): Promise<void> {
    this.#retiring.add(slot);
    await slot.retire();
    this.#retiring.delete(slot);
  }

  #loaded(run: string): Slot | null {
    return [this.#active, this.#other].find((slot) => slot?.id === run) ?? null;
  }

  /** A model in memory is not answered from once its run was removed. */
  async #requirePublished(run: string): Promise<void> {
    try {
      await this.#store.requirePublished(run);
    } catch (error) {
      if (!(error instanceof UnknownRunError)) throw error;
      const removed = this.#other;
      if (removed?.id === run) {
        this.#other = null;
        void this.#retire(removed);
      }
      throw error;
    }
  }

  /** @param record - writes the choice to where the runs are kept */
  async #switchTo(run: string, record: () => unknown): Promise<Activation> {
    const before = this.#active;
    let slot = this.#loaded(run);
    // What is kept counts: another process, and the next start, load it from there.
    if (slot !== null) await this.#store.check(run);
    else slot = await this.#loadOther(run);
    // Without another model to go on with, one that lacks something is better than none.
    if (before !== null) await this.#readAhead?.(slot.model);
    await record();
    if (slot !== before) {
      this.#active = slot;
      this.#other = before;
    }
    return { active: run, previous: before?.id ?? null };
  }

  /** Loads a run in place of the loaded run that is not active. */
  async #loadOther(run: string): Promise<Slot> {
    const { signal } = this.#stopped;
    // A run that does not exist must cost neither a thread nor the model that makes room for it.
    await this.#store.checkDescription(run);
    // Files that come from far are here before a model makes room.
    await this.#store.obtain(run, signal);
    const evicted = this.#other;
    this.#other = null;
    if (evicted !== null) await untilAborted(this.#retire(evicted), signal);
    const model = await this.#open(run, signal);
    try {
      await tryOut(model);
      signal.throwIfAborted();
    } catch (error) {
      model.recommender.dispose();
      throw error;
    }
    this.#other = new Slot(model);
    return this.#other;
  }
}

/** Waits for a promise, or for the signal. @throws the signal's reason */
function untilAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    void done.then(resolve).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/**
 * Warms a model up and checks it: it ranks for a user without clicks, and for one with a single click.
 *
 * @throws RunError when a score is not finite
 */
async function tryOut({ run, recommender }: ServedModel): Promise<void> {
  const { itemCount } = recommender;
  const rows = ClickMatrix.fromRows(itemCount, itemCount === 0 ? [[]] : [[], [0]]);
  const nothing = ClickMatrix.fromRows(itemCount, new Array(rows.rows).fill([]));
  const { scores } = await recommender.topN(rows, Math.max(1, itemCount), nothing);
  if (itemCount > 0 && !scores.every(Number.isFinite)) {
    throw new RunError(
      `the model of run ${run.id} gives scores that are not finite; train it again, perhaps with a lower learning rate`,
    );
  }
}
