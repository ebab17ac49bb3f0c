/** A copy of stored data in memory, which follows the store. */
import { HomeError } from '../../errors.js';

/** How long a caller that takes an older copy waits for the store, and how long it then leaves the store alone. */
const patienceMs = 1000;

/** How a copy is read. */
export interface KeptSource<T> {
  /** The version of the data; null: unknown (`Store.version`). */
  readonly version: () => number | null;
  /** Reads the data anew. @param before - the copy so far; null for none */
  readonly read: (before: T | null) => Promise<T>;
}

/** Keeps a copy, and reads it again once the data may have changed: one read at a time, whoever asks. */
export class Kept<T> {
  readonly #source: KeptSource<T>;
  #latest: { readonly value: T; readonly version: number | null } | null = null;
  #reading: Promise<T> | null = null;
  /** The read that begins when the present one ends. */
  #next: Promise<T> | null = null;
  /** Until then the store is not waited for, by `performance.now()`. */
  #spareUntilMs = 0;

  constructor(source: KeptSource<T>) {
    this.#source = source;
  }

  /** The copy, where it is known to be of this version of the data; else null. */
  known(version: number | null): T | null {
    const latest = this.#latest;
    return latest !== null && version !== null && latest.version === version ? latest.value : null;
  }

  /** The copy as the data are now. @throws what the read throws; the next call reads again */
  async current(): Promise<T> {
    const known = this.known(this.#source.version());
    if (known !== null) return known;
    if (this.#reading === null) return this.#begin();
    // The read under way may have begun before a change that this caller must see.
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.known(this.#source.version()) ?? this.#begin();
      });
    return this.#next;
  }

  /**
   * The same; the last copy where the store cannot be read, or takes longer than a second.
   *
   * @throws what the read throws, where there is no copy yet
   */
  async lately(): Promise<T> {
    if (this.#latest === null) return this.current();
    if (performance.now() < this.#spareUntilMs) return this.#latest.value;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    try {
      const read = await Promise.race([this.current().then((value) => ({ value })), late]);
      if (read !== null) return read.value;
    } catch (error) {
      if (!(error instanceof HomeError)) throw error;
    } finally {
      clearTimeout(timer);
    }
    this.#spareUntilMs = performance.now() + patienceMs;
    return this.#latest.value;
  }

  #begin(): Promise<T> {
    const reading = this.#read().finally(() => {
      this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }

  async #read(): Promise<T> {
    // Before the data: a change that comes between the two is noticed by the next caller.
    const version = this.#source.version();
    const value = await this.#source.read(this.#latest?.value ?? null);
    this.#latest = { value, version };
    return value;
  }
}
