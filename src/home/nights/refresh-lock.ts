/** The lock of a refresh: one at a time, also where machines share a store. */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { type HomeAt, type HomePlace, placeAt } from '../../data/store/place.js';
import { BusyError } from '../../errors.js';
import { HomeLocks, holderText, unknownHolder } from '../../runs/locks.js';
import { withStore } from '../place/opened.js';

const name = 'refresh';
const document = { kind: 'refresh-locks', id: 'refresh' } as const;
/** A holder that has not renewed its lease for so long is taken for dead. */
const leaseMs = 15 * 60_000;
const renewMs = 60_000;

const leaseSchema = z.object({
  host: z.string(),
  pid: z.int(),
  since: z.string(),
  /** Until when it counts, in milliseconds since 1970. */
  until: z.number(),
  token: z.string(),
});
type Lease = z.infer<typeof leaseSchema>;

/** The tokens of this process: a restarted container may have the number of the one before. */
const ownTokens = new Set<string>();

/**
 * Does something while no other refresh of the home runs: of this folder, or of the same store on another machine. The
 * lock of a process that was killed is free at once, and that of a machine that died after a quarter of an hour.
 *
 * @throws BusyError while another refresh runs
 */
export async function aloneWith<T>(home: HomeAt, work: () => Promise<T>): Promise<T> {
  const place = placeAt(home);
  const locks = new HomeLocks(place.folder);
  const claim = locks.alone(() => locks.claim(name));
  if (claim === null) throw busy(holderText(locks.holder(name) ?? unknownHolder));
  try {
    return place.store === null ? await work() : await withLease(place, work);
  } finally {
    claim.release();
  }
}

async function withLease<T>(place: HomePlace, work: () => Promise<T>): Promise<T> {
  let lease = await takeLease(place);
  ownTokens.add(lease.token);
  const renew = async () => {
    const next = { ...lease, until: Date.now() + leaseMs };
    if (await swap(place, lease, next)) lease = next;
  };
  // A store that is gone for a while does not end the refresh; the next renewal may succeed.
  const timer = setInterval(() => void renew().catch(() => undefined), renewMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    ownTokens.delete(lease.token);
    await swap(place, lease, null).catch(() => undefined);
  }
}

async function takeLease(place: HomePlace): Promise<Lease> {
  const since = new Date().toISOString();
  const until = Date.now() + leaseMs;
  const own: Lease = { host: hostname(), pid: process.pid, since, until, token: randomUUID() };
  const found = await withStore(place, ({ documents }) =>
    documents.read(document.kind, document.id),
  );
  const held = leaseSchema.safeParse(found).data;
  if (held !== undefined && isAlive(held)) throw busy(inWords(held));
  if (!(await swap(place, found, own))) throw busy('another process');
  return own;
}

function swap(place: HomePlace, before: unknown, after: unknown): Promise<boolean> {
  return withStore(place, ({ documents }) =>
    documents.swap(document.kind, document.id, before, after),
  );
}

/** Whether the holder of a lease may be at work. */
function isAlive({ host, pid, until, token }: Lease): boolean {
  if (until < Date.now()) return false;
  if (host !== hostname()) return true;
  if (pid === process.pid) return ownTokens.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process lives and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inWords({ host, pid, since }: Lease): string {
  return `process ${pid} on ${host}, since ${since},`;
}

function busy(holder: string): BusyError {
  return new BusyError(
    `${holder} refreshes this home; wait until it ends, or stop it. Nothing was changed`,
  );
}
