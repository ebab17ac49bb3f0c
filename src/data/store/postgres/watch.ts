/** Follows the version of the data in PostgreSQL, so that asking for it costs nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { driverConfig } from './address.js';
import type { Connection } from './connection.js';
import { loadDriver } from './driver.js';
import { isGone, postgresError } from './faults.js';
import { type Client, ClientSession, cut } from './session.js';
import { channelOf } from './transaction.js';

/** A look that is older says nothing. */
const trustMs = 2000;
/** How often to look: a pooler such as pgbouncer drops notifications. */
const lookMs = 400;
/** How long a look and a connection may take, so that a network that is cut is noticed in time. */
const patienceMs = 1000;

/** What one look gives. */
interface Look {
  readonly number: number;
  /** Another one when the schema was removed and made anew. */
  readonly born: string;
}

/**
 * Looks at the version on a connection of its own: when the server notifies of a change, and a few times a second beside
 * that. A write of this process is known at once. When no look has succeeded for two seconds, the version is unknown.
 */
export class VersionWatch {
  readonly #connection: Connection;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #client: Client | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #number = 0;
  #born: string | null = null;
  /** How many schemas were seen at the place. */
  #births = 0;
  /** How often the number was learned of in another way than by a look. */
  #told = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onRaised((number) => this.#learn(number));
  }

  /** A number that changes with the data; null when no look has succeeded for two seconds, or none was begun. */
  version(): number | null {
    if (performance.now() - this.#lookedAt > trustMs) return null;
    return this.#births * 2 ** 40 + this.#number;
  }

  /** Begins to look. The promise resolves after the first look, whether it succeeds or not. */
  async start(): Promise<void> {
    if (this.#running !== null) return;
    await this.#tryLook();
    this.#running ??= this.#lookOn();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#client !== null) cut(this.#client);
    await this.#running;
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waitMs = this.#client === null ? this.#connection.outage.waitMs : lookMs;
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#tryLook();
    }
  }

  async #tryLook(): Promise<void> {
    const { outage, address } = this.#connection;
    try {
      await this.#look();
      outage.over();
    } catch (error) {
      const told = postgresError(address.shown, error);
      if (this.#client !== null) cut(this.#client);
      this.#client = null;
      if (!isGone(told) || this.#stopping.signal.aborted) return;
      outage.failed(told);
      // Requests that wait for a server that has been silent for so long would wait in vain.
      if (performance.now() - this.#lookedAt > trustMs) this.#connection.cutAll();
    }
  }

  async #look(): Promise<void> {
    this.#client ??= await this.#connect();
    const session = new ClientSession(this.#client, this.#connection.names, patienceMs);
    const since = performance.now();
    const told = this.#told;
    const [look] = await session.query<Look>('SELECT number, born FROM store.version, store.about');
    if (look === undefined) return;
    if (look.born !== this.#born) {
      this.#born = look.born;
      this.#births++;
      this.#number = look.number;
    }
    // A backup that was put back has a lower number. A write that ended meanwhile has a higher one than was looked at.
    else if (told === this.#told) this.#number = look.number;
    this.#lookedAt = since;
  }

  async #connect(): Promise<Client> {
    const { address, names } = this.#connection;
    const { Client: PgClient } = loadDriver().pg;
    const client = new PgClient(driverConfig(address, patienceMs)) as unknown as Client & {
      connect(): Promise<unknown>;
    };
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    client.on('notification', ({ payload }) => this.#learn(Number(payload)));
    await client.connect();
    // A standby does not listen.
    await new ClientSession(client, names, patienceMs)
      .run(`LISTEN ${channelOf(address)}`)
      .catch(() => undefined);
    return client;
  }

  /** A change is known of before a look. */
  #learn(number: number): void {
    if (!(number > this.#number)) return;
    this.#number = number;
    this.#told++;
  }
}
