/** The calls that a computing thread has not answered yet, and whether it still answers at all. */

/** A caller waiting for its answer. */
export interface Waiting {
  /** The length of the ranking, for a ranking. */
  readonly n?: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** How often to look whether the thread has answered since. */
const lookMs = 5000;

/**
 * A thread that answers nothing for this many looks, a minute, while calls wait is stuck: the longest computation known
 * takes 3.5 s. Looks are counted and not time, because a process that was stopped finds much time gone at once.
 */
const maxSilentLooks = 12;

/** Calls by number. */
export class WaitingCalls {
  readonly #calls = new Map<number, Waiting>();
  readonly #onStuck: () => void;
  #lastId = 0;
  #hasAnswered = false;
  #silentLooks = 0;
  #looking: NodeJS.Timeout | undefined;

  /** @param onStuck - called when calls wait, and none has been answered for a minute */
  constructor(onStuck: () => void) {
    this.#onStuck = onStuck;
  }

  /** @returns the number of the call */
  add(call: Waiting): number {
    const id = ++this.#lastId;
    if (this.#calls.size === 0) this.#hasAnswered = true;
    this.#calls.set(id, call);
    this.#looking ??= setInterval(() => this.#look(), lookMs).unref();
    return id;
  }

  /** The call of a number, which is answered now; undefined where it was given up. */
  take(id: number): Waiting | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    this.#hasAnswered = true;
    return call;
  }

  rejectAll(error: Error): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of calls) reject(error);
  }

  #look(): void {
    if (this.#calls.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    this.#silentLooks = this.#hasAnswered ? 0 : this.#silentLooks + 1;
    this.#hasAnswered = false;
    if (this.#silentLooks < maxSilentLooks) return;
    this.#silentLooks = 0;
    this.#onStuck();
  }
}
