/** The queue of loads and switches of models: one at a time, switches before loads. */

import { UnavailableError } from '../../errors.js';
import type { ServedModel, Slot } from './slot.js';

/** Runs that may load or wait for it, each with any number of requests. A further one is refused. */
const maxRuns = 5;

interface Switch {
  start(): Promise<void>;
  refuse(error: Error): void;
}

interface Waiter {
  /** Begins to use the model, in the turn in which the load ends: no eviction comes between. */
  start(slot: Slot): void;
  refuse(error: unknown): void;
}

interface Load {
  readonly run: string;
  readonly waiters: Set<Waiter>;
}

/** One use of a model that has to be loaded first. */
export interface WaitingUse<T> {
  readonly run: string;
  readonly use: (model: ServedModel) => Promise<T>;
  /** Aborted when nobody waits for the use any longer. */
  readonly signal?: AbortSignal | undefined;
}

/** Loads each run once for all who want it, however many they are. */
export class LoadQueue {
  readonly #load: (run: string) => Promise<Slot>;
  readonly #switches: Switch[] = [];
  readonly #loads: Load[] = [];
  #loading: Load | null = null;
  #current: Promise<void> | null = null;
  #stopped: Error | null = null;

  /** @param load - gives the model of a run, loaded or not; called for one run at a time */
  constructor(load: (run: string) => Promise<Slot>) {
    this.#load = load;
  }

  /**
   * Runs a switch, before every load that waits.
   *
   * @throws UnavailableError after `stop`, else what the switch throws
   */
  switch<T>(job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#stopped !== null) return reject(this.#stopped);
      this.#switches.push({
        start: async () => {
          try {
            resolve(await job());
          } catch (error) {
            reject(error);
          }
        },
        refuse: reject,
      });
      this.#goOn();
    });
  }

  /**
   * Uses a model once it is loaded.
   *
   * @throws UnavailableError at once when too many runs wait, and after `stop`
   * @throws the signal's reason when it is aborted before the use begins
   */
  use<T>({ run, use, signal }: WaitingUse<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#stopped !== null) return reject(this.#stopped);
      if (signal?.aborted) return reject(signal.reason);
      const load = this.#loadOf(run);
      if (load === null) {
        return reject(
          new UnavailableError(
            `${maxRuns} other runs are being loaded already; try again, or ask for fewer runs at a time`,
          ),
        );
      }
      const leave = () => {
        load.waiters.delete(waiter);
        if (load.waiters.size === 0) this.#drop(load);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        start: (slot) => {
          signal?.removeEventListener('abort', leave);
          slot.use(use).then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      };
      load.waiters.add(waiter);
      signal?.addEventListener('abort', leave, { once: true });
      this.#goOn();
    });
  }

  /** Refuses everything that waits, and all that comes. The load or switch under way goes on. */
  stop(reason: Error): void {
    this.#stopped ??= reason;
    for (const waiting of this.#switches.splice(0)) waiting.refuse(reason);
    for (const { waiters } of this.#loads.splice(0)) {
      for (const waiter of waiters) waiter.refuse(reason);
    }
  }

  /** Settles when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#current !== null) await this.#current;
  }

  #loadOf(run: string): Load | null {
    const known = [this.#loading, ...this.#loads].find((load) => load?.run === run);
    if (known != null) return known;
    if (this.#loads.length + (this.#loading === null ? 0 : 1) >= maxRuns) return null;
    const load: Load = { run, waiters: new Set() };
    this.#loads.push(load);
    return load;
  }

  #drop(load: Load): void {
    const place = this.#loads.indexOf(load);
    if (place >= 0) this.#loads.splice(place, 1);
  }

  #goOn(): void {
    if (this.#current !== null || this.#switches.length + this.#loads.length === 0) return;
    // In the next turn: requests of this turn may still use the model that makes room.
    this.#current = Promise.resolve()
      .then(() => this.#next())
      .finally(() => {
        this.#current = null;
        this.#goOn();
      });
  }

  async #next(): Promise<void> {
    const job = this.#switches.shift();
    if (job !== undefined) return job.start();
    const load = this.#loads.shift();
    if (load !== undefined) await this.#serve(load);
  }

  async #serve(load: Load): Promise<void> {
    this.#loading = load;
    try {
      const slot = await this.#load(load.run);
      for (const waiter of load.waiters) waiter.start(slot);
    } catch (error) {
      for (const waiter of load.waiters) waiter.refuse(error);
    } finally {
      this.#loading = null;
    }
  }
}
