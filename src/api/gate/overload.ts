/** Watches how busy this process is, and says when it should take on no more requests. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How much a process takes on. */
export interface OverloadLimits {
  /** Requests under way at once. */
  readonly maxRequests: number;
  /** Mean lateness of the event loop over the last quarter of a second. */
  readonly maxDelayMs: number;
  /** With fewer requests under way something else makes the event loop late, and shedding would not help. */
  readonly minRequests: number;
}

/** Four times the load of 64 busy connections: the wait stays near a tenth of a second. */
const overloadLimits: OverloadLimits = {
  maxRequests: 256,
  maxDelayMs: 500,
  minRequests: 32,
};

/** Work that goes on after its client left, or got a 503, may pile up to this many times `maxRequests`. */
const maxGivenUp = 4;

const sampleMs = 250;
const resolutionMs = 10;

/** Why a request is not taken on: too many are under way, or the event loop is late. */
export type ShedReason = 'requests' | 'delay';

/** Counts the requests under way, and measures how late the event loop is. */
export class Overload {
  readonly #limits: OverloadLimits;
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;
  #underWay = 0;
  #givenUp = 0;
  #delayMs = 0;

  constructor(limits: OverloadLimits = overloadLimits) {
    this.#limits = limits;
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#sample(), sampleMs).unref();
  }

  /** Mean lateness of the event loop in the last sample. */
  get delayMs(): number {
    return this.#delayMs;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Takes a request on and returns null, or returns why not. The caller ends each that is taken on with `leave`. */
  enter(): ShedReason | null {
    const { maxRequests, maxDelayMs, minRequests } = this.#limits;
    const isFull = this.#underWay >= maxRequests || this.#givenUp >= maxGivenUp * maxRequests;
    if (isFull) return 'requests';
    if (this.#delayMs > maxDelayMs && this.#underWay >= minRequests) return 'delay';
    this.#underWay++;
    return null;
  }

  leave(): void {
    this.#underWay--;
  }

  /** Ends a request for which nobody waits any longer, while its work goes on. */
  giveUp(work: Promise<unknown>): void {
    this.leave();
    this.#givenUp++;
    const end = () => {
      this.#givenUp--;
    };
    work.then(end, end);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #sample(): void {
    // The histogram counts the whole time between two of its ticks, its resolution included.
    const { mean } = this.#histogram;
    this.#delayMs = Number.isNaN(mean) ? 0 : Math.max(0, mean / 1e6 - resolutionMs);
    this.#histogram.reset();
  }
}
