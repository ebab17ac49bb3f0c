import { ClickMatrix } from '../data/click-matrix.js';
import { RunError, UnavailableError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import type { RunStore } from '../runs/store.js';

/** A run's model that answers, and what the run says of it. */
export interface ServedModel {
  readonly run: Omit<StoredRun, 'weights'>;
  /** Disposed by who serves it, never by who asks it. */
  readonly recommender: Recommender;
}

/** Which run was served before and which is now. */
export interface Activation {
  readonly active: string;
  readonly previous: string | null;
}

/** The models that requests are answered with: the active one, and at most one other. */
export interface ServedModels {
  /**
   * The active model at this moment, null where there is none. It may be disposed as soon as the caller
   * awaits something; `withModel` keeps it.
   */
  active(): ServedModel | null;

  /**
   * Uses one model from beginning to end: it is neither exchanged nor disposed meanwhile.
   *
   * @param run - undefined for the active one; another run's model is loaded for the occasion and stays
   *   until a third is wanted
   * @param use - must not call `withModel` for another run
   * @throws UnavailableError while no run is active
   * @throws UnknownRunError when there is no such run, RunError when it cannot be used
   */
  withModel<T>(run: string | undefined, use: (model: ServedModel) => Promise<T>): Promise<T>;

  /**
   * Makes a run the active one, here and on disk: loaded beside the old one, tried out, then exchanged.
   *
   * @throws UnknownRunError or RunError saying why the run cannot be used; the old one then stays
   */
  activate(run: string): Promise<Activation>;

  /**
   * The same with the run that was active before.
   *
   * @throws RunError when there was none, or as `activate`
   */
  rollback(): Promise<Activation>;
}

/** A loaded model and the requests that use it. */
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

  /** Frees the model once nobody uses it; nobody may begin to any more. */
  async retire(): Promise<void> {
    if (this.#users > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.model.recommender.dispose();
  }
}

/** What `HomeModels` stands on. */
export interface HomeModelsOptions {
  readonly store: RunStore;
  /** Loads a run's model and checks every file of it. */
  readonly open: (run: string) => Promise<ServedModel>;
  /** Told why a run that another process activated is not served. */
  readonly onProblem: (error: Error) => void;
}

/** The models of a home's runs. One thing at a time is loaded or exchanged; answers go on meanwhile. */
export class HomeModels implements ServedModels {
  readonly #store: RunStore;
  readonly #open: (run: string) => Promise<ServedModel>;
  readonly #onProblem: (error: Error) => void;
  #active: Slot | null = null;
  #other: Slot | null = null;
  /** The end of the last thing that was begun. */
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
    // The use begins in the same turn as the load ends, so that no eviction comes between.
    const { result } = await this.#inTurn(async () => ({
      result: (this.#loaded(run) ?? (await this.#loadOther(run))).use(use),
    }));
    return result;
  }

  activate(run: string): Promise<Activation> {
    return this.#inTurn(() =>
      this.#exchange(run, () => this.#store.activate(run, { isChecked: true })),
    );
  }

  rollback(): Promise<Activation> {
    return this.#inTurn(() =>
      this.#exchange(this.#store.previous(), () => this.#store.rollback({ isChecked: true })),
    );
  }

  /**
   * Serves what the home's `runs/active` names now; another process may have changed it.
   *
   * @throws RunError when that run cannot be used; the old one then stays
   */
  follow(): Promise<void> {
    return this.#inTurn(async () => {
      const named = this.#store.active();
      if (named !== null && named !== this.#active?.id)
        await this.#exchange(named, () => undefined);
    });
  }

  /** Follows from now on until `close`. @param intervalMs - how often to look */
  watch(intervalMs = 250): void {
    let seen = this.#active?.id ?? null;
    let complaint: string | null = null;
    this.#watching = setInterval(() => {
      try {
        const named = this.#store.active();
        complaint = null;
        if (named === seen) return;
        // Before the outcome is known: a run that is bad is not tried again and again.
        seen = named;
        this.follow().catch(this.#onProblem);
      } catch (error) {
        const { message } = error as Error;
        if (message !== complaint) this.#onProblem(error as Error);
        complaint = message;
      }
    }, intervalMs).unref();
  }

  /** Frees every model once nobody uses it. */
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

  /** @param record - notes the choice on disk */
  async #exchange(run: string, record: () => void): Promise<Activation> {
    const before = this.#active;
    const slot = this.#loaded(run) ?? (await this.#loadOther(run));
    record();
    if (slot !== before) {
      this.#active = slot;
      this.#other = before;
    }
    return { active: run, previous: before?.id ?? null };
  }

  /** Loads a run in the place of the one that is not active. */
  async #loadOther(run: string): Promise<Slot> {
    // What does not exist costs neither a thread nor the model that has to make room.
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
 * Lets a model rank for somebody without clicks and for somebody with one: it is warm afterwards.
 *
 * @throws RunError when a score is no finite number
 */
async function tryOut({ run, recommender }: ServedModel): Promise<void> {
  const { itemCount } = recommender;
  const rows = ClickMatrix.fromRows(itemCount, itemCount === 0 ? [[]] : [[], [0]]);
  const nothing = ClickMatrix.fromRows(itemCount, new Array(rows.rows).fill([]));
  const { scores } = await recommender.topN(rows, Math.max(1, itemCount), nothing);
  if (itemCount > 0 && !scores.every(Number.isFinite)) {
    throw new RunError(
      `the model of run ${run.id} gives scores that are no finite numbers; train it again, with a lower learning rate perhaps`,
    );
  }
}
