/** A loaded model, and how many requests use it. */

import type { Recommender } from '../../model/recommender.js';
import type { StoredRun } from '../../runs/format.js';

/** A loaded model, and the run that it is from. */
export interface ServedModel {
  readonly run: Omit<StoredRun, 'weights'>;
  /** Disposed by `ServedModels`, never by its callers. */
  readonly recommender: Recommender;
}

/** A place for one model, which is disposed after its last use. */
export class Slot {
  readonly model: ServedModel;
  #users = 0;
  #whenIdle: (() => void) | null = null;
  #retired: Promise<void> | null = null;
  #isDisposed = false;

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
  retire(): Promise<void> {
    this.#retired ??= this.#afterLastUse();
    return this.#retired;
  }

  async #afterLastUse(): Promise<void> {
    if (this.#users > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.dispose();
  }

  /** Disposes the model at once; uses that go on may fail. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#whenIdle?.();
    this.model.recommender.dispose();
  }
}
