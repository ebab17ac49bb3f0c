/** A server that is gone: how long to leave it alone. */
import { StorageError } from '../../../errors.js';

/** The first wait before another try; each next one is twice as long. */
const firstMs = 100;
const longestMs = 1000;

/** Remembers that a server could not be reached, so that calls fail at once and tries become rare. */
export class Outage {
  #error: StorageError | null = null;
  #failures = 0;
  #nextTry = 0;

  /** @throws StorageError while the server is gone and the next try is not due */
  check(): void {
    if (this.#error === null || performance.now() >= this.#nextTry) return;
    const { fault, message } = this.#error;
    throw new StorageError(fault, message);
  }

  /** A try failed. */
  failed(error: StorageError): void {
    // Many fail at once when the server goes, which says no more than one failure.
    if (this.#error !== null && performance.now() < this.#nextTry) return;
    this.#error = error;
    // Processes that lost it together come back one after another.
    const wait = Math.min(longestMs, firstMs * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    this.#nextTry = performance.now() + wait;
  }

  /** The server was reached. */
  over(): void {
    this.#error = null;
    this.#failures = 0;
  }

  /** How long until the next try is due, in milliseconds. */
  get waitMs(): number {
    return this.#error === null ? 0 : Math.max(0, this.#nextTry - performance.now());
  }
}
