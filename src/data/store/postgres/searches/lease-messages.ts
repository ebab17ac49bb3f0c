/** What a worker and the thread that keeps its leases say to each other. */

/** A lease, and the training that it is for. */
export interface Lease {
  readonly search: number;
  readonly trial: number;
  readonly rung: number;
  /** Names the handing out. */
  readonly lease: string;
}

/** What the thread begins with. */
export interface LeaseThreadData {
  /** Of the database, with the password; it goes to nobody else. */
  readonly url: string;
  readonly worker: string;
  readonly leaseS: number;
}

/** To the thread: renew this lease from now on, or none. */
export type LeaseRequest = { readonly hold: Lease | null } | { readonly close: true };

/** From the thread. */
export type LeaseReport =
  /** It has reached the database, or tried to, and keeps leases from now on. */
  | { readonly ready: true }
  /** Another worker has recorded the result of the training. */
  | { readonly ended: string }
  /** Another worker has taken the training over. */
  | { readonly lost: string }
  /** The database cannot be reached, and why. */
  | { readonly gone: string }
  | { readonly back: true }
  /** A fault of the thread, as text. */
  | { readonly fault: string };
