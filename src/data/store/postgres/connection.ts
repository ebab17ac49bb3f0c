/** The connections of a process to a store in PostgreSQL. */
import type { Pool } from 'pg';
import { HomeError } from '../../../errors.js';
import { type Address, driverConfig } from './address.js';
import { loadDriver } from './driver.js';
import { isConflict, isGone, isWorthAnother, postgresError } from './faults.js';
import { Lifeline } from './lifeline.js';
import { Outage } from './outage.js';
import { type Client, ClientSession, cut, Names, type Session } from './session.js';
import { Transaction, type TransactionOptions } from './transaction.js';

/** How long a connection may take, which includes the wait for one that is free. */
const connectMs = 2000;
/** How long a statement of a request may take. */
const statementMs = 3000;
/** A transaction that others undid is begun anew so many times. */
const attempts = 5;

export type { Session, TransactionOptions };

/**
 * A pool of connections, opened as they are needed. Errors of the driver become this package's own.
 *
 * While the server is gone, calls fail at once, and a connection is tried ever more rarely (`Outage`). No call waits
 * longer than about five seconds, except those that are `long`.
 */
export class Connection {
  readonly address: Address;
  readonly names: Names;
  readonly outage: Outage;
  readonly #pool: Pool;
  readonly #lifeline: Lifeline;
  readonly #clients = new Set<Client>();
  readonly #raised: ((version: number) => void)[] = [];
  #isClosed = false;

  /** Connects with the first use. @throws DependencyError when the driver is absent */
  constructor(address: Address) {
    const { pg } = loadDriver();
    this.address = address;
    this.names = new Names(address.schema, address.shown);
    this.outage = new Outage();
    this.#lifeline = new Lifeline(
      () => this.#askAlone(),
      () => this.cutAll(),
    );
    this.#pool = new pg.Pool({
      ...driverConfig(address, connectMs),
      max: address.connections,
      idleTimeoutMillis: 30_000,
    });
    this.#pool.on('connect', (client) => {
      this.#clients.add(client);
      // Whoever uses it is told by its statement.
      client.on('error', () => undefined);
    });
    this.#pool.on('remove', (client) => void this.#clients.delete(client));
    this.#pool.on('error', () => undefined);
  }

  /** Tells a listener of the version of the data that each write of this process made, before the write's promise resolves. */
  onRaised(listener: (version: number) => void): void {
    this.#raised.push(listener);
  }

  /**
   * Runs one statement that reads, in one round trip. Tries once more when the connection was lost, which those that were
   * idle while the server restarted all are.
   *
   * @throws StorageError when the store cannot be reached or read
   */
  async read<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const ask = (session: Session) => session.query<Row>(text, values);
    try {
      return await this.#use(statementMs, ask);
    } catch (error) {
      if (!isWorthAnother(error)) throw error;
      return await this.#use(statementMs, ask);
    }
  }

  /**
   * Runs several statements that read, all of which see one version of the data.
   *
   * @param options - `long`: a statement may take any time
   * @throws StorageError when the store cannot be reached or read
   */
  async snapshot<T>(
    work: (session: Session) => Promise<T>,
    { long = false }: { readonly long?: boolean } = {},
  ): Promise<T> {
    const run = () =>
      this.#use(long ? null : statementMs, async (session) => {
        await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const result = await work(session);
        await session.run('COMMIT');
        return result;
      });
    try {
      return await run();
    } catch (error) {
      if (long || !isWorthAnother(error)) throw error;
      return await run();
    }
  }

  /**
   * Runs a transaction that writes. When the promise resolves, the change is durable.
   *
   * With `write` it changes what answers depend on: it waits until no other such transaction runs, raises the version of
   * the data, and tells the processes that watch. So these transactions happen one after another; each sees what the one
   * before it did, and a process that has seen a version sees all that came before.
   *
   * @param work - may run again when others undid the transaction; what it throws undoes it
   * @throws BusyError when others write for longer than a second
   * @throws StorageError when the store cannot be reached or written. It says so where the connection broke during the
   *   commit: then the change may be stored
   */
  async transaction<T>(
    work: (session: Session) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const transaction = await this.begin(options);
      try {
        const result = await work(transaction.session);
        await transaction.commit();
        return result;
      } catch (thrown) {
        await transaction.rollback();
        const error = this.#told(thrown);
        if (!isConflict(error) || attempt === attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }

  /** Begins a transaction that the caller commits or rolls back. @throws as `transaction` */
  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    const begin = async () => {
      const client = await this.#connect();
      const letGo = options.long ? this.#lifeline.hold() : undefined;
      const transaction = new Transaction(
        {
          session: new ClientSession(client, this.names, options.long ? null : statementMs),
          address: this.address,
          release: (isBroken) => {
            letGo?.();
            client.release(isBroken);
          },
          raised: (version) => this.#tell(version),
        },
        options,
      );
      try {
        await transaction.begin();
        return transaction;
      } catch (error) {
        await transaction.rollback();
        throw this.#told(error);
      }
    };
    try {
      return await begin();
    } catch (error) {
      // Nothing was written yet.
      if (!isWorthAnother(error)) throw error;
      return await begin();
    }
  }

  /** Cuts all connections off: the server is known to be gone, and those that wait for it would wait for long. */
  cutAll(): void {
    for (const client of this.#clients) cut(client);
  }

  /** Closes all connections. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A network that is cut would keep them, and the process, for minutes.
    const late = setTimeout(() => this.cutAll(), 1000);
    await this.#pool.end();
    clearTimeout(late);
  }

  async #use<T>(limitMs: number | null, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const letGo = limitMs === null ? this.#lifeline.hold() : undefined;
    let isDone = false;
    try {
      const result = await work(new ClientSession(client, this.names, limitMs));
      isDone = true;
      return result;
    } catch (error) {
      throw this.#told(error);
    } finally {
      letGo?.();
      // A transaction may be open on it.
      client.release(!isDone);
    }
  }

  async #connect(): Promise<Client & { release(destroy?: boolean): void }> {
    if (this.#isClosed) throw new HomeError(`the store ${this.address.shown} is closed`);
    this.outage.check();
    try {
      const client = await this.#pool.connect();
      this.outage.over();
      return client;
    } catch (error) {
      const told = postgresError(this.address.shown, error);
      if (isGone(told)) this.outage.failed(told);
      throw told;
    }
  }

  /** Asks on a connection of its own: those of the pool may all be in use. */
  async #askAlone(): Promise<void> {
    const client = new (loadDriver().pg.Client)(driverConfig(this.address, connectMs));
    client.on('error', () => undefined);
    try {
      await client.connect();
      await new ClientSession(client, this.names, statementMs).run('SELECT');
    } catch (error) {
      // A server that has no connection left is there.
      if (isGone(this.#told(error))) throw error;
    } finally {
      cut(client as unknown as Client);
    }
  }

  #tell(version: number): void {
    for (const listener of this.#raised) listener(version);
  }

  #told(error: unknown): unknown {
    return postgresError(this.address.shown, error);
  }
}
