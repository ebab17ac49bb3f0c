/** Keeps the served models: the active one and one other, with switches that no request notices. */

import { ClickMatrix } from '../data/click-matrix.js';
import { RunError, UnavailableError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import type { RunStore } from '../runs/store.js';

/** A loaded model, and the run that it is from. */
export interface ServedModel {
  readonly run: Omit<StoredRun, 'weights'>;
  /** Disposed by `ServedModels`, never by its callers. */
  readonly recommender: Recommender;
}

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
   * @throws UnavailableError while no run is active
   * @throws UnknownRunError when there is no such run, RunError when it cannot be used
   */
  withModel<T>(run: string | undefined, use: (model: ServedModel) => Promise<T>): Promise<T>;

  /**
   * Makes a run the active one, here and on disk. Its model is loaded beside the old one and tried out first.
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

/** A loaded model, and how many requests use it. */
class Slot {
  readonly model: ServedModel;
  #users = 0;
  #whenIdle: (() => void) | null = null;

  constructor(model: ServedModel) {
    this.model = model;
  }

  get id(): string {
    return this.model.run.id;
  }

  async use<T>(use: (model: ServedModel) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await use(this.model);
    } finally {
      if (--this.#users === 0) this.#whenIdle?.();
    }
  }

  /** Disposes the model once no request uses it. No new use may start. */
  async retire(): Promise<void> {
    if (this.#users > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.model.recommender.dispose();
  }
}

/** What `HomeModels` needs. */
export interface HomeModelsOptions {
  readonly store: RunStore;
  /** Loads a run's model, and checks all its files. */
  readonly open: (run: string) => Promise<ServedModel>;
  /** Told why a run that another process activated cannot be served. */
  readonly onProblem: (error: Error) => void;
}

/** The models of a home's runs. Loads and switches happen one at a time; answers go on meanwhile. */
export class HomeModels implements ServedModels {
  readonly #store: RunStore;
  readonly #open: (run: string) => Promise<ServedModel>;
  readonly #onProblem: (error: Error) => void;
  #active: Slot | null = null;
  #other: Slot | null = null;
  /** Settles when the last load or switch in the queue has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #watching: NodeJS.Timeout | undefined;

  constructor({ store, open, onProblem }: HomeModelsOptions) {
    this.#store = store;
    this.#open = open;
    this.#onProblem = onProblem;
  }

  active(): ServedModel | null {
    return this.#active?.model ?? null;
  }

  async withModel<T>(run: string | undefined, use: (model: ServedModel) => Promise<T>): Promise<T> {
    const slot = run === undefined ? this.#active : this.#loaded(run);
    if (slot !== null) return slot.use(use);
    if (run === undefined) throw new UnavailableError('no run is active; train or activate one');
    // The use starts in the turn in which the load ends, so no eviction comes between.
    const { result } = await this.#inTurn(async () => ({
      result: (this.#loaded(run) ?? (await this.#loadOther(run))).use(use),
    }));
    return result;
  }

  activate(run: string): Promise<Activation> {
    return this.#inTurn(() =>
      this.#switchTo(run, () => this.#store.activate(run, { isChecked: true })),
    );
  }

  rollback(): Promise<Activation> {
    return this.#inTurn(() =>
      this.#switchTo(this.#store.previous(), () => this.#store.rollback({ isChecked: true })),
    );
  }

  /**
   * Serves the run that `runs/active` names now, which another process may have changed.
   *
   * @throws RunError when that run cannot be used; the old one then stays active
   */
  follow(): Promise<void> {
    return this.#inTurn(async () => {
      const named = this.#store.active();
      if (named !== null && named !== this.#active?.id)
        await this.#switchTo(named, () => undefined);
    });
  }

  /** Follows changes of `runs/active` until `close`. @param intervalMs - how often to look */
  watch(intervalMs = 250): void {
    let seen = this.#active?.id ?? null;
    let complaint: string | null = null;
    this.#watching = setInterval(() => {
      try {
        const named = this.#store.active();
        complaint = null;
        if (named === seen) return;
        // Set before the outcome is known, so that a bad run is not tried again and again.
        seen = named;
        this.follow().catch(this.#onProblem);
      } catch (error) {
        const { message } = error as Error;
        if (message !== complaint) this.#onProblem(error as Error);
        complaint = message;
      }
    }, intervalMs).unref();
  }

  /** Disposes every model once no request uses it. */
  async close(): Promise<void> {
    clearInterval(this.#watching);
    await this.#inTurn(async () => {
      const slots = [this.#active, this.#other];
      this.#active = null;
      this.#other = null;
      await Promise.all(slots.map((slot) => slot?.retire()));
    });
  }

  #loaded(run: string): Slot | null {
    return [this.#active, this.#other].find((slot) => slot?.id === run) ?? null;
  }

  /** @param record - writes the choice to disk */
  async #switchTo(run: string, record: () => void): Promise<Activation> {
    const before = this.#active;
    const slot = this.#loaded(run) ?? (await this.#loadOther(run));
    record();
    if (slot !== before) {
      this.#active = slot;
      this.#other = before;
    }
    return { active: run, previous: before?.id ?? null };
  }

  /** Loads a run in place of the loaded run that is not active. */
  async #loadOther(run: string): Promise<Slot> {
    // A run that does not exist must cost neither a thread nor the model that makes room for it.
    this.#store.checkDescription(run);
    const evicted = this.#other;
    this.#other = null;
    await evicted?.retire();
    const model = await this.#open(run);
    try {
      await tryOut(model);
    } catch (error) {
      model.recommender.dispose();
      throw error;
    }
    this.#other = new Slot(model);
    return this.#other;
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(job, job);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
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
