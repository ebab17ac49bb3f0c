/** Composes the guards of the HTTP interface: what every route checks, and in which order. */

import type { RequestHandler } from 'express';
import type { Store } from 'express-rate-limit';
import type { ServingMetrics } from '../metrics.js';
import type { Route } from '../route.js';
import type { AccessKeys } from './access-keys.js';
import { authorise } from './authorise.js';
import { type TrustedProxies, trustOf } from './client-address.js';
import { deadline } from './deadline.js';
import type { Guard } from './guard.js';
import { identify } from './identify.js';
import { limitRate } from './limit-rate.js';
import { localHost } from './local-host.js';
import { measure } from './measure.js';
import { sameOrigin } from './same-origin.js';

/** Who may call, and how often. */
export interface GateOptions {
  /** Null lets everybody do everything. */
  readonly keys: AccessKeys | null;
  /** Whether only this machine can reach the server. */
  readonly isLoopback: boolean;
  /** The proxies in front whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: TrustedProxies;
  /** Requests of one client in a minute; 0 for no limit. */
  readonly requestsPerMinute: number;
  /** The address of the Redis in which all replicas count requests; null for none. */
  readonly redis: string | null;
  /** A request waits this long for a count that processes share; then its own process decides. Default: 250 ms. */
  readonly countPatienceMs?: number;
}

/** The gate of a server that only its own machine can reach. */
export const openGate: GateOptions = {
  keys: null,
  isLoopback: true,
  trustProxy: false,
  requestsPerMinute: 0,
  redis: null,
};

/** Gives each route its guards. */
export class Gatekeeper {
  /** Whether to believe the `X-Forwarded-*` headers that come from an address; for Express's `trust proxy`. */
  readonly trusts: (address: string, hop: number) => boolean;
  readonly #measure: Guard;
  readonly #guards: readonly Guard[];

  /** @param counts - where the rate limit counts requests; null for this process alone */
  constructor(options: GateOptions, metrics: ServingMetrics, counts: Store | null = null) {
    const { keys, isLoopback, trustProxy, requestsPerMinute } = options;
    this.trusts = trustOf(trustProxy);
    this.#measure = measure(metrics);
    this.#guards = [
      this.#measure,
      localHost({ isNeeded: keys === null && isLoopback && trustProxy === false }),
      sameOrigin,
      identify(keys),
      limitRate(requestsPerMinute, counts),
      authorise(keys),
      deadline(),
    ];
  }

  /** The guards of one route, in order; they run before its body is read. A public route is only measured. */
  of(route: Route): RequestHandler[] {
    const guards = route.scope === 'public' ? [this.#measure] : this.#guards;
    return guards.flatMap((guard) => guard(route) ?? []);
  }
}
