import type { Command } from 'commander';
import { AccessKeys } from '../api/gate/access-keys.js';
import type { GateOptions } from '../api/gate/gatekeeper.js';
import { isLoopback } from '../api/gate/local-host.js';
import { ArgumentError } from '../errors.js';
import { integerArgument } from './arguments.js';
import { note } from './terminal.js';

/** Who is let in: values of `addGateOptions`. */
export interface GateFlags {
  readonly host: string;
  readonly insecure: boolean;
  readonly rateLimit?: number;
  readonly trustProxy: boolean;
}

/** So many requests of one client a minute, where others than this machine's can ask. */
const defaultRateLimit = 6000;

/** Adds the flags that say who is let in. */
export function addGateOptions(command: Command): Command {
  return command
    .option(
      '--insecure',
      'let everybody who reaches an address beyond this machine read and write, without keys',
      false,
    )
    .option(
      '--rate-limit <n>',
      `requests a minute of one key, or address without a key; 0 for any number (default: ${defaultRateLimit}, none on loopback)`,
      integerArgument('--rate-limit', 0, 100_000_000),
    )
    .option('--trust-proxy', 'a proxy in front says in X-Forwarded-For who asks', false)
    .addHelpText(
      'after',
      `
Keys: $MULTVAE_API_KEYS holds NAME:SCOPE:KEY, several separated by commas, such as shop:read:KEY,import:write:KEY;
SCOPE is read or write (which may read too). With keys every request needs one, but those for health and documents.
Without, only this machine is listened to, or --insecure is said aloud.`,
    );
}

/**
 * Who is let in, by the flags and `$MULTVAE_API_KEYS`.
 *
 * @throws ArgumentError when others than this machine could ask and nothing says that they may
 */
export function gateOf(
  { host, insecure, rateLimit, trustProxy }: GateFlags,
  env: NodeJS.ProcessEnv = process.env,
): GateOptions {
  const text = env.MULTVAE_API_KEYS;
  const keys = text === undefined || text === '' ? null : AccessKeys.parse(text);
  const isLocal = isLoopback(host);
  if (keys === null && !isLocal) {
    if (!insecure) {
      throw new ArgumentError(
        `--host ${host} lets other machines in, and there are no keys: set MULTVAE_API_KEYS (see \`multvae serve --help\`), or say --insecure to let everybody read and write`,
      );
    }
    note(`--insecure: everybody who reaches ${host} may read and write`);
  }
  const requestsPerMinute = rateLimit ?? (isLocal ? 0 : defaultRateLimit);
  return { keys, isLoopback: isLocal, trustProxy, requestsPerMinute };
}
