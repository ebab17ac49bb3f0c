/** Switches the served run again and again, through whichever replica the proxy chooses. */

import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream } from '../../../src/random.js';
import type { Load } from './load.js';

export interface ActivationOptions {
  readonly load: Load;
  readonly url: string;
  readonly runs: readonly string[];
  readonly seed: number;
  /** The shortest pause between two of them; the longest is three times that. */
  readonly restMs: number;
}

export class Activations {
  readonly counts = { done: 0, failed: 0 };
  /** The run that was activated last; null while it is not known, because the last attempt failed. */
  last: string | null = null;
  readonly #options: ActivationOptions;
  #isOver = false;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ActivationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#work = this.#switch();
  }

  /** Ends with an activation that succeeded. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
    for (let attempt = 0; attempt < 20 && !(await this.#activate(0)); attempt++) await delay(1000);
  }

  async #switch(): Promise<void> {
    const { runs, seed, restMs } = this.#options;
    const random = new RandomStream(seed, 'activations');
    while (!this.#isOver) {
      await delay(restMs + random.integer(2 * restMs));
      if (!this.#isOver) await this.#activate(random.integer(runs.length));
    }
  }

  async #activate(number: number): Promise<boolean> {
    const { load, url, runs } = this.#options;
    const run = runs[number]!;
    const got = await load.fetch('activate', `${url}/models/${run}/activate`, {});
    const isDone = got?.status === 200;
    this.last = isDone ? run : null;
    if (isDone) this.counts.done++;
    else this.counts.failed++;
    return isDone;
  }
}
