/** Notices that the server is gone while a long statement has no limit of time. */

/** How often to ask. */
const askMs = 5000;
/** How long the server may be silent before those who wait for it are cut off. */
const silenceMs = 30_000;

/**
 * While something long runs, asks the server now and then on another connection. A network that was cut would else let
 * an import wait for a quarter of an hour, until the system gives the connection up.
 */
export class Lifeline {
  readonly #ask: () => Promise<unknown>;
  readonly #cutAll: () => void;
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;
  #heardAt = 0;

  /**
   * @param ask - rejects when the server is gone
   * @param cutAll - ends all connections
   */
  constructor(ask: () => Promise<unknown>, cutAll: () => void) {
    this.#ask = ask;
    this.#cutAll = cutAll;
  }

  /** Begins to ask. Call the returned function once, when the long work is over. */
  hold(): () => void {
    if (this.#holders++ === 0) {
      this.#heardAt = performance.now();
      this.#timer = setTimeout(() => void this.#tick(), askMs).unref();
    }
    return () => {
      if (--this.#holders === 0) clearTimeout(this.#timer);
    };
  }

  async #tick(): Promise<void> {
    const since = performance.now();
    try {
      await this.#ask();
      this.#heardAt = performance.now();
    } catch {
      if (performance.now() - this.#heardAt > silenceMs) this.#cutAll();
    }
    // A process that was stopped itself, or computed for long, has not asked meanwhile.
    if (performance.now() - since > silenceMs) this.#heardAt = performance.now();
    if (this.#holders > 0) this.#timer = setTimeout(() => void this.#tick(), askMs).unref();
  }
}
