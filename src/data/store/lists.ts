/** What a store keeps of the lists that were shown: how many, and the events that name them. */

/** What is counted of a list: how many items it has, or the time that its answer took. */
export type ListMeasure = 'length' | 'latency';

/** How many lists of a day, a run and an arm have a value of a measure. */
export interface ListCount {
  /** YYYY-MM-DD, of UTC. */
  readonly day: string;
  /** The id of the run that answered. */
  readonly run: string;
  /** What decided: `model` or `popularity`. */
  readonly arm: string;
  readonly measure: ListMeasure;
  /** `length`: items. `latency`: microseconds, the upper limit of a class of times. */
  readonly value: number;
  readonly count: number;
}

/** An event that names a list. */
export interface ListEvent {
  readonly recommendationId: string;
  readonly type: string | null;
  readonly place: number | null;
}

/** Counts lists, and reads what users did with them. Counting raises no version: no answer depends on it. */
export interface ListCounts {
  /**
   * Adds counts to those that are stored, all or none, and deletes those of days that are `keptDays` old.
   *
   * @throws BusyError when another process writes for longer than a second, and HomeError when the store cannot be
   *   written; nothing is added then
   */
  add(counts: readonly ListCount[]): Promise<void>;

  /** The counts from a day on, by day. */
  read(from: string): Promise<ListCount[]>;

  /**
   * The events whose `recommendationId` is at least `from` and less than `to`, in pages: those of a list are neighbours,
   * in the order of their arrival. Other requests run between the pages.
   */
  events(from: string, to: string): AsyncIterable<readonly ListEvent[]>;
}

/** Counts of older days are deleted. */
export const keptDays = 400;

/** How many events a page has. */
export const eventsPerPage = 5000;

/** The day of a time, of UTC. @param ms - since 1970 */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The first day whose counts are kept. */
export function oldestDay(nowMs: number): string {
  return dayOf(nowMs - keptDays * 86_400_000);
}
