/** Renews the lease of what a worker trains, until it is told to close. */

import { setTimeout as delay } from 'node:timers/promises';
import { addressOf } from '../address.js';
import { Connection } from '../connection.js';
import type { Lease, LeaseReport, LeaseRequest, LeaseThreadData } from './lease-messages.js';
import { isPassing } from './passing.js';
import { renewLease, sayAlive } from './statements.js';

/** A lease is renewed so many times before it ends. */
const renewals = 3;
const minRetryMs = 200;

/** The way to the worker. */
export interface LeasePort {
  postMessage(report: LeaseReport): void;
  on(event: 'message', listener: (request: LeaseRequest) => void): unknown;
  close(): void;
}

/** What tests replace. */
export interface LeaseMeans {
  readonly open: (url: string) => Pick<Connection, 'read' | 'close'>;
  /** Resolves after a time, or when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const means: LeaseMeans = {
  // One connection is enough.
  open: (url) => new Connection({ ...addressOf(url), connections: 1 }),
  pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** Renews leases over a connection of its own. */
export class LeaseRenewal {
  readonly #data: LeaseThreadData;
  readonly #port: LeasePort;
  readonly #means: LeaseMeans;
  #held: Lease | null = null;
  #isReady = false;
  /** Aborted when the worker wants no more; ends the pause between two renewals. */
  readonly #closed = new AbortController();

  constructor(data: LeaseThreadData, port: LeasePort, given: LeaseMeans = means) {
    this.#data = data;
    this.#port = port;
    this.#means = given;
    port.on('message', (request) => {
      // A lease that was just taken lasts longer than the pause.
      if ('hold' in request) this.#held = request.hold;
      else this.#closed.abort();
    });
  }

  /** Resolves when the worker wants no more. A fault ends it too; the worker is told. */
  async run(): Promise<void> {
    const database = this.#means.open(this.#data.url);
    try {
      await this.#keep(database);
    } catch (error) {
      const { stack, message } = error as Error;
      this.#tell({ fault: stack ?? message });
    } finally {
      await database.close();
      this.#port.close();
    }
  }

  async #keep(database: Pick<Connection, 'read'>): Promise<void> {
    const interval = (this.#data.leaseS * 1000) / renewals;
    const { signal } = this.#closed;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#renew(database);
        if (failures > 0) this.#tell({ back: true });
        failures = 0;
        this.#begin();
        await this.#means.pause(interval, signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (failures === 0) this.#tell({ gone: error.message });
        this.#begin();
        await this.#means.pause(Math.min(minRetryMs * 2 ** failures++, interval), signal);
      }
    }
  }

  /** Renews what is held, and says what became of it. */
  async #renew(database: Pick<Connection, 'read'>): Promise<void> {
    const lease = this.#held;
    const { worker, leaseS } = this.#data;
    if (lease === null) {
      await database.read(sayAlive, [worker]);
      return;
    }
    const { search, trial, rung } = lease;
    const values = [worker, leaseS, search, trial, rung, lease.lease];
    const [found] = await database.read<{ renewed: boolean; recorded: boolean }>(
      renewLease,
      values,
    );
    // The answer may be about a training that has ended meanwhile; the worker knows by the lease.
    if (found!.recorded) this.#tell({ ended: lease.lease });
    else if (!found!.renewed) this.#tell({ lost: lease.lease });
    // There is no result yet, and this worker may still be the first.
    if (found!.recorded && this.#held === lease) this.#held = null;
  }

  /** Says once that leases are kept from now on. */
  #begin(): void {
    if (!this.#isReady) this.#tell({ ready: true });
    this.#isReady = true;
  }

  #tell(report: LeaseReport): void {
    this.#port.postMessage(report);
  }
}
