/** The address of a Redis: what it may look like, and how it is shown. */

import { ArgumentError } from '../../../errors.js';

/**
 * Reads the address of a Redis.
 *
 * @param flag - names the flag in messages
 * @returns null for an empty text, as in a variable that is set to nothing
 * @throws ArgumentError that does not show the address, since it may hold a password
 */
export function parseRedisUrl(flag: string, text: string): string | null {
  if (text === '') return null;
  const wrong = (what: string) =>
    new ArgumentError(
      `${flag} ${what}; give redis://HOST:PORT, or rediss://HOST:PORT for TLS, with USER:PASSWORD@ before the host where it needs them and /NUMBER at the end for another database (characters such as @ / : in a password as %40 %2F %3A)`,
    );
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong('is not an address');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw wrong('is not an address of Redis');
  }
  if (url.hostname === '') throw wrong('names no host');
  if (!/^(\/\d*)?$/.test(url.pathname))
    throw wrong('has a path that is not the number of a database');
  if (url.search !== '' || url.hash !== '')
    throw wrong('has parameters, which Redis does not know');
  try {
    decodeURIComponent(url.username);
    decodeURIComponent(url.password);
  } catch {
    throw wrong('has a user or a password that is not correctly percent-encoded');
  }
  return text;
}

/** An address as messages show it: without user and password. */
export function shownRedis(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
