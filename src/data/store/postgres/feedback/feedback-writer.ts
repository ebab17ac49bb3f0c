/** Writes feedback while the server runs. */
import { ArgumentError, HomeError, MultvaeError, quote } from '../../../../errors.js';
import type { FeedbackStatus } from '../../../feedback.js';
import type { DeletedUser, FeedbackWriter } from '../../feedback.js';
import type { Connection } from '../connection.js';
import { isStorable } from '../histories/user-histories.js';
import { deleteEvent, type EventList, type EventOutcome, storeEvents } from './feedback-table.js';
import { deleteUser } from './user-deletion.js';

/** How many events one transaction stores, where the first request has not more. */
const maxEventsAtOnce = 5000;

/** A request that waits for its commit. */
interface Waiting {
  readonly events: EventList;
  readonly resolve: (statuses: FeedbackStatus[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stores and deletes feedback. Requests that arrive while a transaction is on its way share the next one: its time goes
 * into waiting for the server, whose disk must have it.
 */
export class PostgresFeedbackWriter implements FeedbackWriter {
  /** The server does not tell what its files hold outside the tables. */
  readonly deletionsInLog = 0;
  readonly #connection: Connection;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  store(events: EventList): Promise<FeedbackStatus[]> {
    return new Promise((resolve, reject) => {
      this.#checkOpen();
      for (const { userId, itemId } of events) checkIds(userId, itemId);
      this.#waiting.push({ events, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async delete(key: string): Promise<boolean> {
    this.#checkOpen();
    return this.#connection.transaction((session) => deleteEvent(session, key), { write: true });
  }

  async deleteUser(userId: string): Promise<DeletedUser | null> {
    this.#checkOpen();
    if (!isStorable(userId)) return null;
    return this.#connection.transaction((session) => deleteUser(session, userId), {
      write: true,
      imports: 'apart',
    });
  }

  /** Finishes the waiting writes, and takes no others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // The other requests of this turn of the event loop join.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#storeGroup(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): readonly Waiting[] {
    let count = 0;
    let events = 0;
    for (const waiting of this.#waiting) {
      events += waiting.events.length;
      if (count > 0 && events > maxEventsAtOnce) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #storeGroup(group: readonly Waiting[]): Promise<void> {
    let outcomes: readonly EventOutcome[];
    try {
      const requests = group.map(({ events }) => events);
      outcomes = await this.#connection.transaction((session) => storeEvents(session, requests), {
        write: true,
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const [k, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[k]!;
      if (outcome instanceof MultvaeError) reject(outcome);
      else resolve([...outcome]);
    }
  }

  /** @throws HomeError */
  #checkOpen(): void {
    if (!this.#isClosed) return;
    throw new HomeError(`the store ${this.#connection.address.shown} is closed`);
  }
}

/** @throws ArgumentError for an id that PostgreSQL cannot hold; only homes of old versions have such */
function checkIds(...ids: readonly string[]): void {
  for (const id of ids) {
    if (isStorable(id)) continue;
    throw new ArgumentError(
      `the id ${quote(id)} has the character 0, which PostgreSQL cannot store; leave it out`,
    );
  }
}
