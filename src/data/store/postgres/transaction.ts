/** One transaction that writes. */
import { createHash } from 'node:crypto';
import { type HomeError, StorageError } from '../../../errors.js';
import type { Address } from './address.js';
import { isGone } from './faults.js';
import type { ClientSession, Session } from './session.js';

/** How a transaction runs. */
export interface TransactionOptions {
  /** It changes what answers depend on: users, histories, items, feedback or rules. Default: false. */
  readonly write?: boolean;
  /**
   * How it meets imports. `apart`: it and imports wait for each other, because both give out or move indices of users or
   * items. `alone`: it is an import, and at most one runs. Default: it may run beside one.
   */
  readonly imports?: 'apart' | 'alone';
  /** Its statements may take any time. Default: three seconds. */
  readonly long?: boolean;
}

/** What a transaction runs on. */
interface Holding {
  readonly session: ClientSession;
  readonly address: Address;
  readonly release: (isBroken: boolean) => void;
  readonly raised: (version: number) => void;
}

/*
 * A client that is cut off, or stopped, in the middle of a transaction holds locks that others wait for. So the server
 * ends a transaction that is silent for three seconds. Only a long one, such as an import that reads a file, may be silent
 * for any time, until it raises the version.
 */
const begin = `
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = 1000;
SET LOCAL idle_in_transaction_session_timeout = 3000;
SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
`;
const beginLong = `
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = 1000;
SELECT set_config(name, '0', true) FROM pg_settings
  WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout');
SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES
  ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '4'),
  ('tcp_user_timeout', '30000')) AS wanted (name, value) USING (name);
SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
`;

/** A transaction on a connection of its own. `commit` or `rollback` ends it. */
export class Transaction {
  readonly session: Session;
  readonly #holding: Holding;
  readonly #options: TransactionOptions;
  #version: number | null = null;
  #isOpen = true;

  /** Called by `Connection.begin` alone. */
  constructor(holding: Holding, options: TransactionOptions) {
    this.session = holding.session;
    this.#holding = holding;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { write = false, imports, long = false } = this.#options;
    await this.session.run(long ? beginLong : begin);
    if (imports !== undefined) await this.#meetImports(imports);
    if (write) await this.raiseVersion();
    // From here on a long transaction waits for locks without a limit.
    if (long) await this.session.run('SET LOCAL lock_timeout = 0');
  }

  /**
   * Raises the version of the data, once. From here to the end, no other transaction that writes runs: a long one does
   * this as late as it can.
   */
  async raiseVersion(): Promise<void> {
    if (this.#version !== null) return;
    const { long = false } = this.#options;
    const [raised] = await this.session.query<{ number: number }>(
      `WITH raised AS (UPDATE store.version SET number = number + 1 RETURNING number)
       SELECT number, pg_notify($1, number::text) FROM raised`,
      [channelOf(this.#holding.address)],
    );
    if (raised === undefined) throw removed(this.#holding.address);
    this.#version = raised.number;
    if (long) await this.session.run('SET LOCAL idle_in_transaction_session_timeout = 60000');
  }

  /** Makes the changes visible and durable. @throws StorageError, saying so where they may be stored nevertheless */
  async commit(): Promise<void> {
    const { session, address, raised } = this.#holding;
    let done: string;
    try {
      done = await session.end('COMMIT');
    } catch (error) {
      this.#end({ isBroken: true });
      if (!isGone(error)) throw error;
      throw new StorageError(
        'gone',
        `${address.shown} was lost while it stored a change: the change may be stored or not; look, or send it again with the same key`,
      );
    }
    this.#end({ isBroken: false });
    if (done !== 'COMMIT') throw new Error('a transaction whose statement failed was committed');
    if (this.#version !== null) raised(this.#version);
  }

  /** Undoes everything. Does nothing after the end. */
  async rollback(): Promise<void> {
    if (!this.#isOpen) return;
    let isBroken = false;
    try {
      await this.#holding.session.end('ROLLBACK');
    } catch {
      // The server undoes it when the connection ends.
      isBroken = true;
    }
    this.#end({ isBroken });
  }

  #end({ isBroken }: { readonly isBroken: boolean }): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#holding.release(isBroken);
  }

  async #meetImports(imports: 'apart' | 'alone'): Promise<void> {
    const lock = imports === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
    await this.session.run(`SELECT ${lock}(${lockKey})`, [
      lockName(this.#holding.address, 'import'),
    ]);
  }
}

/** The key of an advisory lock from its name, which is the first value. */
export const lockKey = 'hashtextextended($1, 0)';

/** The name of an advisory lock: such locks belong to a database, which may have many schemas. */
export function lockName({ schema }: Address, what: 'import' | 'schema'): string {
  return `multvae ${what} ${schema}`;
}

/** The channel of the notifications about a schema. PostgreSQL would cut a longer name off. */
export function channelOf({ schema }: Address): string {
  return `multvae_${createHash('sha256').update(schema).digest('hex').slice(0, 32)}`;
}

/** The error for a schema that was emptied. */
export function removed({ shown }: Address): HomeError {
  return new StorageError(
    'replaced',
    `${shown} was removed while it was in use; restore it, or import again`,
  );
}
