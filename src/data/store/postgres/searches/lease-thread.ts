/** The thread that renews a worker's lease, over a connection of its own. The worker's other thread may compute for hours. */

import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { addressOf } from '../address.js';
import { Connection } from '../connection.js';
import type { Lease, LeaseReport, LeaseRequest, LeaseThreadData } from './lease-messages.js';
import { isPassing } from './passing.js';
import { renewLease, sayAlive } from './statements.js';

/** A lease is renewed so many times before it ends. */
const renewals = 3;
const minRetryMs = 200;

const { url, worker, leaseS } = workerData as LeaseThreadData;
const port = parentPort!;
const tell = (report: LeaseReport) => port.postMessage(report);

let held: Lease | null = null;
let isClosed = false;
/** Ends the sleep between two renewals. */
let wake = new AbortController();

port.on('message', (request: LeaseRequest) => {
  // A lease that was just taken lasts longer than the sleep.
  if ('hold' in request) {
    held = request.hold;
    return;
  }
  isClosed = true;
  wake.abort();
});

/** Renews what is held, and says what became of it. */
async function renew(database: Connection): Promise<void> {
  const lease = held;
  if (lease === null) {
    await database.read(sayAlive, [worker]);
    return;
  }
  const { search, trial, rung } = lease;
  const values = [worker, leaseS, search, trial, rung, lease.lease];
  const [found] = await database.read<{ renewed: boolean; recorded: boolean }>(renewLease, values);
  // The answer may be about a training that has ended meanwhile; the worker knows by the lease.
  if (found!.recorded) tell({ ended: lease.lease });
  else if (!found!.renewed) tell({ lost: lease.lease });
  // There is no result yet, and this worker may still be the first.
  if (found!.recorded && held === lease) held = null;
}

async function sleep(ms: number): Promise<void> {
  wake = new AbortController();
  await delay(ms, undefined, { signal: wake.signal }).catch(() => undefined);
}

let hasBegun = false;
/** Says once that leases are kept from now on. */
function begin(): void {
  if (!hasBegun) tell({ ready: true });
  hasBegun = true;
}

async function keep(): Promise<void> {
  const interval = (leaseS * 1000) / renewals;
  // One connection is enough.
  const database = new Connection({ ...addressOf(url), connections: 1 });
  let failures = 0;
  while (!isClosed) {
    try {
      await renew(database);
      if (failures > 0) tell({ back: true });
      failures = 0;
      begin();
      await sleep(interval);
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (failures === 0) tell({ gone: error.message });
      begin();
      await sleep(Math.min(minRetryMs * 2 ** failures++, interval));
    }
  }
  await database.close();
}

keep().then(
  () => port.close(),
  (error: Error) => {
    tell({ fault: error.stack ?? error.message });
    port.close();
  },
);
