/** Flags that say who may ask a server. */

import { type Command, Option } from 'commander';
import { AccessKeys } from '../api/gate/access-keys.js';
import { parseTrustedProxies, type TrustedProxies } from '../api/gate/client-address.js';
import type { GateOptions } from '../api/gate/gatekeeper.js';
import { isLoopback } from '../api/gate/local-host.js';
import { parseRedisUrl } from '../api/gate/rates/redis-url.js';
import { ArgumentError } from '../errors.js';
import { integerArgument } from './arguments.js';
import { note } from './terminal.js';

/** Values of `addGateOptions`. */
export interface GateFlags {
  readonly host: string;
  readonly insecure: boolean;
  readonly rateLimit?: number;
  readonly trustProxy: TrustedProxies;
  readonly redis?: string | null;
}

/** Requests a minute of one client, when other machines can reach the server. */
const defaultRateLimit = 6000;

/** Adds the flags that say who may ask. */
export function addGateOptions(command: Command): Command {
  return command
    .option(
      '--insecure',
      'let everybody who can reach the server read and write, without keys',
      false,
    )
    .option(
      '--rate-limit <n>',
      `requests a minute of one key, or of one address without a key; 0 for no limit (default: ${defaultRateLimit}, none where only this machine can ask)`,
      integerArgument('--rate-limit', 0, 100_000_000),
    )
    .addOption(
      new Option(
        '--redis <url>',
        'count requests for --rate-limit in this Redis, together with all servers that use it, such as redis://10.0.0.5:6379; needs the packages rate-limit-redis and redis',
      )
        .env('MULTVAE_REDIS')
        .argParser((text: string) => parseRedisUrl('--redis (or MULTVAE_REDIS)', text)),
    )
    .option(
      '--trust-proxy [proxies]',
      'take the address of a client from X-Forwarded-For; how many proxies are in front, or their addresses such as 10.0.0.0/8,::1 (default without a value: 1); needs keys or --insecure',
      trustedProxies,
      false,
    )
    .addHelpText(
      'after',
      `
Keys: $MULTVAE_API_KEYS holds NAME:SCOPE:KEY, several separated by commas, such as shop:read:KEY,import:write:KEY;
SCOPE is read or write; write may read too. With keys, every request needs one, except those for health and documents.
Without keys, only this machine can ask, unless --insecure is given. A proxy (--trust-proxy) lets other machines in.`,
    );
}

/** A commander parser of `--trust-proxy`; without a value, commander does not call it and gives true. */
function trustedProxies(text: string): TrustedProxies {
  return parseTrustedProxies('--trust-proxy', text);
}

/**
 * The gate that the flags and `$MULTVAE_API_KEYS` describe.
 *
 * @throws ArgumentError when other machines could ask, and there are neither keys nor --insecure
 */
export function gateOf(
  { host, insecure, rateLimit, trustProxy, redis = null }: GateFlags,
  env: NodeJS.ProcessEnv = process.env,
): GateOptions {
  const text = env.MULTVAE_API_KEYS;
  const keys = text === undefined || text === '' ? null : AccessKeys.parse(text);
  const isLocal = isLoopback(host);
  // A proxy passes on what other machines send.
  const isReachable = !isLocal || trustProxy !== false;
  if (keys === null && isReachable) {
    const why = isLocal ? '--trust-proxy' : `--host ${host}`;
    if (!insecure) {
      throw new ArgumentError(
        `${why} lets other machines in, and there are no keys: set MULTVAE_API_KEYS (see \`multvae serve --help\`), or give --insecure to let everybody read and write`,
      );
    }
    note(`--insecure: everybody who reaches ${isLocal ? 'the proxy' : host} may read and write`);
  }
  const requestsPerMinute = rateLimit ?? (isReachable ? defaultRateLimit : 0);
  if (redis !== null && requestsPerMinute === 0) {
    note(
      '--redis (or MULTVAE_REDIS) changes nothing: there is no rate limit here; give --rate-limit',
    );
  }
  return { keys, isLoopback: isLocal, trustProxy, requestsPerMinute, redis };
}
