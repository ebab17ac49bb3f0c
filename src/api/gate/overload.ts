import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How much a process takes on. */
export interface OverloadLimits {
  /** Requests under way at once. */
  readonly requests: number;
  /** How late the event loop may be on average, over the last quarter of a second. */
  readonly delayMs: number;
  /** With fewer requests under way, it is not they who make the event loop late: refusing them helps nobody. */
  readonly busy: number;
}

/** Four times what 64 busy connections cause, and so a wait of a tenth of a second or so. */
export const overloadLimits: OverloadLimits = { requests: 256, delayMs: 500, busy: 32 };

const sampleMs = 250;
const resolutionMs = 10;

/** Why a request is not taken on. */
export type ShedReason = 'requests' | 'delay';

/** Watches how busy this process is. */
export class Overload {
  readonly #limits: OverloadLimits;
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;
  #underWay = 0;
  #delayMs = 0;

  constructor(limits: OverloadLimits = overloadLimits) {
    this.#limits = limits;
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#sample(), sampleMs).unref();
  }

  /** Average lateness of the event loop in the last sample. */
  get delayMs(): number {
    return this.#delayMs;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Takes a request on, and says why not where there are too many; `leave` ends what was taken on. */
  enter(): ShedReason | null {
    if (this.#underWay >= this.#limits.requests) return 'requests';
    const { delayMs, busy } = this.#limits;
    if (this.#delayMs > delayMs && this.#underWay >= busy) return 'delay';
    this.#underWay++;
    return null;
  }

  leave(): void {
    this.#underWay--;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #sample(): void {
    // What the histogram counts is the whole time between two of its ticks.
    const { mean } = this.#histogram;
    this.#delayMs = Number.isNaN(mean) ? 0 : Math.max(0, mean / 1e6 - resolutionMs);
    this.#histogram.reset();
  }
}
