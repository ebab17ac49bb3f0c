/** Counts of requests that all processes and replicas share in a Redis, through optional packages. */

import type { ClientRateLimitInfo, Options } from 'express-rate-limit';
import { DependencyError } from '../../../errors.js';
import { requireOptional } from '../../../optional-packages.js';
import { shownRedis } from './redis-url.js';
import type { CountSource } from './shared-counts.js';

/** Every key in Redis begins with it. */
const keyPrefix = 'multvae:rate:';
const connectTimeoutMs = 1000;
/** Some hosted services close connections that are idle for a few minutes. */
const pingEveryMs = 30_000;

/** What is used of `redis`. */
interface RedisPackage {
  createClient(options: {
    readonly url: string;
    readonly name: string;
    readonly disableOfflineQueue: boolean;
    readonly pingInterval: number;
    readonly socket: { readonly connectTimeout: number; readonly reconnectStrategy: false };
  }): RedisClient;
}

interface RedisClient {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(words: readonly string[]): Promise<unknown>;
  on(event: 'error' | 'end', listener: () => void): unknown;
}

/** What is used of `rate-limit-redis`. */
interface RateLimitRedis {
  readonly RedisStore: new (options: {
    readonly prefix: string;
    readonly sendCommand: (...words: string[]) => Promise<unknown>;
  }) => RedisStore;
}

interface RedisStore {
  init(options: Options): Promise<void>;
  increment(key: string): Promise<ClientRateLimitInfo>;
}

/** A connection, and the counts over it. */
interface Connected {
  readonly client: RedisClient;
  readonly store: Promise<RedisStore>;
}

/**
 * The counts in a Redis. It connects with the first count, and again with the next count after a connection ended.
 *
 * @param url - as `parseRedisUrl` gives it
 * @throws DependencyError where the packages are not installed
 */
export function redisCounts(url: string): CountSource {
  const { redis, rateLimitRedis } = loadPackages();
  let options: Options | null = null;
  let current: Connected | null = null;

  function connect(limits: Options): Connected {
    const client = redis.createClient({
      url,
      name: 'multvae',
      // Commands must fail while there is no connection: requests wait for them.
      disableOfflineQueue: true,
      pingInterval: pingEveryMs,
      socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: false },
    });
    const connected = { client, store: counting(client, limits) };
    const forget = () => {
      if (current === connected) current = null;
    };
    // Without a listener, an error would end the process. Whoever counts gets it too.
    client.on('error', forget);
    client.on('end', forget);
    connected.store.catch(() => end(connected));
    return connected;
  }

  /** A new store for each connection, because one whose scripts could not be loaded never counts again. */
  async function counting(client: RedisClient, limits: Options): Promise<RedisStore> {
    await client.connect();
    const store = new rateLimitRedis.RedisStore({
      prefix: keyPrefix,
      sendCommand: (...words) => client.sendCommand(words),
    });
    await store.init(limits);
    return store;
  }

  function end(connected: Connected): void {
    if (current === connected) current = null;
    if (connected.client.isOpen) connected.client.destroy();
  }

  function connected(): Promise<RedisStore> {
    if (options === null) return Promise.reject(new Error('it is closed'));
    current ??= connect(options);
    return current.store;
  }

  const reset = () => {
    if (current !== null) end(current);
  };
  return {
    name: `Redis at ${shownRedis(url)}`,
    init: (given) => {
      options = given;
    },
    check: async () => {
      await connected();
    },
    increment: async (key) => (await connected()).increment(key),
    reset,
    close: () => {
      options = null;
      reset();
    },
  };
}

function loadPackages(): { redis: RedisPackage; rateLimitRedis: RateLimitRedis } {
  const redis = requireOptional('redis');
  const rateLimitRedis = requireOptional('rate-limit-redis');
  if (!isRedis(redis) || !isRateLimitRedis(rateLimitRedis)) {
    throw new DependencyError(
      'a rate limit in Redis needs two packages that are not installed: npm install rate-limit-redis redis',
    );
  }
  return { redis, rateLimitRedis };
}

function isRedis(found: unknown): found is RedisPackage {
  return typeof found === 'object' && found !== null && 'createClient' in found;
}

function isRateLimitRedis(found: unknown): found is RateLimitRedis {
  return typeof found === 'object' && found !== null && 'RedisStore' in found;
}
