/** Counts the lists that a process shows, in memory, and adds them to the store every ten seconds. */

import {
  dayOf,
  type ListCount,
  type ListCounts,
  type ListMeasure,
} from '../../data/store/lists.js';
import { MultvaeError } from '../../errors.js';
import { latencyClass } from './latency-classes.js';
import type { Arm } from './recommendation-id.js';

/** How often counts are stored. A process that is killed loses those since the last time. */
const flushMs = 10_000;

/** A list that was shown. */
export interface ShownList {
  readonly run: string;
  readonly arm: Arm;
  /** How many items it has. */
  readonly length: number;
  /** The time that its answer took. */
  readonly ms: number;
}

/** The counts of a day, a run and an arm. */
interface Cell {
  readonly day: string;
  readonly run: string;
  readonly arm: Arm;
  readonly length: Map<number, number>;
  readonly latency: Map<number, number>;
}

/** Counts lists from its making to `close`. */
export class ShownLists {
  /** Where counts go. */
  readonly store: ListCounts;
  readonly #onRemark: (text: string) => void;
  readonly #now: () => number;
  readonly #flushing: NodeJS.Timeout;
  #cells = new Map<string, Cell>();
  #unstored = 0;
  /** The cell of the list before: most lists have the same one. */
  #last: (Cell & { readonly number: number }) | null = null;
  #running: Promise<void> | null = null;
  #hasFailed = false;

  /**
   * @param onRemark - told once when counts cannot be stored; they are kept, and tried again
   * @param now - milliseconds since 1970
   */
  constructor(
    store: ListCounts,
    onRemark: (text: string) => void = () => undefined,
    now: () => number = Date.now,
  ) {
    this.store = store;
    this.#onRemark = onRemark;
    this.#now = now;
    this.#flushing = setInterval(() => void this.flush(), flushMs).unref();
  }

  /** How many lists are counted and not stored yet. */
  get unstored(): number {
    return this.#unstored;
  }

  /** Counts a list. */
  shown({ run, arm, length, ms }: ShownList): void {
    const cell = this.#cell(run, arm);
    raise(cell.length, length, 1);
    raise(cell.latency, latencyClass(ms), 1);
    this.#unstored++;
  }

  /** Adds what was counted to the store. What cannot be stored is kept for the next time. */
  flush(): Promise<void> {
    this.#running ??= this.#flush().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Stores what is left. Safe to call twice. */
  async close(): Promise<void> {
    clearInterval(this.#flushing);
    await this.#running;
    await this.flush();
  }

  async #flush(): Promise<void> {
    if (this.#unstored === 0) return;
    const cells = this.#cells;
    const lists = this.#unstored;
    this.#cells = new Map();
    this.#last = null;
    this.#unstored = 0;
    try {
      await this.store.add([...cells.values()].flatMap(countsOf));
      this.#hasFailed = false;
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      this.#putBack(cells.values(), lists);
      if (!this.#hasFailed) {
        this.#onRemark(`${lists} lists are counted and cannot be stored yet: ${error.message}`);
      }
      this.#hasFailed = true;
    }
  }

  #putBack(cells: Iterable<Cell>, lists: number): void {
    for (const { length, latency, ...of } of cells) {
      const cell = this.#cellOf(of);
      for (const [value, count] of length) raise(cell.length, value, count);
      for (const [value, count] of latency) raise(cell.latency, value, count);
    }
    this.#unstored += lists;
  }

  #cell(run: string, arm: Arm): Cell {
    const now = this.#now();
    const number = Math.floor(now / 86_400_000);
    const last = this.#last;
    if (last !== null && last.number === number && last.run === run && last.arm === arm)
      return last;
    const cell = this.#cellOf({ day: dayOf(now), run, arm });
    this.#last = { ...cell, number };
    return cell;
  }

  #cellOf({ day, run, arm }: Pick<Cell, 'day' | 'run' | 'arm'>): Cell {
    const key = `${day} ${run} ${arm}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { day, run, arm, length: new Map(), latency: new Map() };
      this.#cells.set(key, cell);
    }
    return cell;
  }
}

function raise(counts: Map<number, number>, value: number, by: number): void {
  counts.set(value, (counts.get(value) ?? 0) + by);
}

function countsOf({ day, run, arm, length, latency }: Cell): ListCount[] {
  const of = (measure: ListMeasure, counts: ReadonlyMap<number, number>) =>
    Array.from(counts, ([value, count]) => ({ day, run, arm, measure, value, count }));
  return [...of('length', length), ...of('latency', latency)];
}
