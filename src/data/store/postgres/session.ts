/** Runs statements on one connection, each with a limit of time. */
import type { Readable, Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import { loadDriver } from './driver.js';
import { lateError, postgresError } from './faults.js';

/**
 * Runs statements.
 *
 * In every text `store.` stands for the schema of the store, as in `SELECT id FROM store.users`. Names are qualified
 * because a pooler such as pgbouncer, which gives each transaction another connection, would lose a search path. For
 * the same reason nothing outlives a transaction: no prepared statement, no session lock, no temporary table without
 * ON COMMIT DROP.
 *
 * 64-bit integers come as numbers, JSON as values, bytea as Buffer, timestamptz as Date.
 */
export interface Session {
  /** The rows of a statement, as objects. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;

  /** Runs a statement, or several without values. Gives how many rows the last one changed. */
  run(text: string, values?: readonly unknown[]): Promise<number>;

  /** `COPY … FROM STDIN`: give the stream to `pipeline`. No other statement may run meanwhile. */
  copyIn(text: string): Writable;

  /** `COPY … TO STDOUT`: read it to its end. No other statement may run meanwhile. */
  copyOut(text: string): Readable;
}

/** A connection of the driver with what is needed to cut it off. */
export type Client = ClientBase & {
  readonly connection?: { readonly stream: { destroy(): void } };
};

/** Ends a connection at once, whatever it waits for: what waits is rejected. */
export function cut(client: Client): void {
  client.connection?.stream.destroy();
}

/** A session on a client of the driver. */
export class ClientSession implements Session {
  readonly #client: Client;
  readonly #names: Names;
  readonly #limitMs: number | null;

  /** @param limitMs - how long a statement may take; null for any time */
  constructor(client: Client, names: Names, limitMs: number | null) {
    this.#client = client;
    this.#names = names;
    this.#limitMs = limitMs;
  }

  async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.#ask(text, values);
    return rows as Row[];
  }

  async run(text: string, values?: readonly unknown[]): Promise<number> {
    const result = await this.#ask(text, values);
    return (Array.isArray(result) ? result.at(-1) : result).rowCount ?? 0;
  }

  copyIn(text: string): Writable {
    return this.#client.query(loadDriver().copyStreams.from(this.#names.in(text)));
  }

  copyOut(text: string): Readable {
    return this.#client.query(loadDriver().copyStreams.to(this.#names.in(text)));
  }

  /** Ends a transaction, and gives what the server did: it answers COMMIT with ROLLBACK where a statement had failed. */
  async end(text: 'COMMIT' | 'ROLLBACK'): Promise<string> {
    return (await this.#ask(text, undefined)).command;
  }

  async #ask(text: string, values: readonly unknown[] | undefined) {
    const { shown } = this.#names;
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    if (this.#limitMs !== null) {
      timer = setTimeout(() => {
        isLate = true;
        cut(this.#client);
      }, this.#limitMs);
    }
    try {
      return await this.#client.query(this.#names.in(text), values as unknown[] | undefined);
    } catch (error) {
      if (!isLate) throw postgresError(shown, error);
      throw lateError(shown, this.#limitMs!);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Puts the name of the schema into statements. */
export class Names {
  readonly shown: string;
  readonly #schema: string;
  readonly #texts = new Map<string, string>();

  constructor(schema: string, shown: string) {
    this.#schema = `${quoted(schema)}.`;
    this.shown = shown;
  }

  /** A text with the schema in the place of `store.`. */
  in(text: string): string {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = text.replaceAll(/\bstore\./g, () => this.#schema);
      // Texts are written in the code, so there are few.
      if (this.#texts.size < 1000) this.#texts.set(text, known);
    }
    return known;
  }
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
