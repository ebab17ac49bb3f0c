/** Access keys: reading them from the environment, and finding whose key a request carries. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { ArgumentError, quote } from '../../errors.js';

/** What the holder of a key may do; writers may read too. */
export type KeyScope = 'read' | 'write';

/** A key as the server knows it. */
export interface AccessKey {
  /** The holder's name in the log. */
  readonly name: string;
  readonly scope: KeyScope;
}

const minKeyLength = 16;

const format =
  'give NAME:SCOPE:KEY, several separated by commas; a name of letters, digits, "-" and "_", read or write, and a key of 16 characters or more without spaces and commas (`openssl rand -hex 32` makes one)';

/** The keys that a server accepts; only their SHA-256 hashes are kept. */
export class AccessKeys {
  readonly #keys: readonly (AccessKey & { readonly hash: Buffer })[];

  private constructor(keys: readonly (AccessKey & { readonly hash: Buffer })[]) {
    this.#keys = keys;
  }

  /**
   * Reads `$MULTVAE_API_KEYS`, such as `shop:read:4f0c…,importer:write:9be1…`.
   *
   * @throws ArgumentError naming the number of the wrong entry, never the key
   */
  static parse(text: string): AccessKeys {
    const keys = text.split(',').map((part, place) => {
      const wrong = (what: string) =>
        new ArgumentError(`MULTVAE_API_KEYS: ${what} of entry ${place + 1}; ${format}`);
      const [, name, scope, key] = /^\s*([^:]*):([^:]*):(.*?)\s*$/s.exec(part) ?? [];
      if (name === undefined || !/^[\w-]{1,50}$/.test(name)) throw wrong('the name');
      if (scope !== 'read' && scope !== 'write') throw wrong(`the scope${shownScope(scope)}`);
      if (key === undefined || !/^[\x21-\x7e]{16,500}$/.test(key)) throw wrong('the key');
      return { name, scope, hash: hashOf(key) } as const;
    });
    const double = keys.find(
      ({ name, hash }, k) =>
        keys.findIndex((other) => other.name === name || other.hash.equals(hash)) !== k,
    );
    if (double !== undefined) {
      throw new ArgumentError(
        `MULTVAE_API_KEYS: the name ${double.name} or its key is given twice; ${format}`,
      );
    }
    return new AccessKeys(keys);
  }

  /** Whose key it is; null for an unknown key. It always takes the same time, so timing reveals nothing. */
  find(key: string): AccessKey | null {
    const hash = hashOf(key);
    let found: AccessKey | null = null;
    for (const known of this.#keys) {
      if (timingSafeEqual(known.hash, hash)) found = known;
    }
    return found;
  }
}

/** Somebody may have put the key where the scope belongs, so only what is too short for a key is shown. */
function shownScope(scope: string | undefined): string {
  return scope !== undefined && scope.length < minKeyLength ? ` ${quote(scope)}` : '';
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
