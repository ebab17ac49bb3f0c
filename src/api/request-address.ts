/** The address of a request: how its query is read, and what of it the log shows. */

import { ArgumentError, quote } from '../errors.js';

/** The query of an address, without its `?`. */
export function queryText(url: string): string {
  const begin = url.indexOf('?');
  return begin < 0 ? '' : url.slice(begin + 1);
}

/**
 * The parameters of a query, as `application/x-www-form-urlencoded` has them; a repeated one is a list.
 *
 * None is dropped, however many there are: `node:querystring`, which Express uses, stops after 1,000. The length of a
 * request's head limits them. `request.query` is of no use, because an application that mounts the router may parse it
 * in a way of its own.
 *
 * @throws ArgumentError naming a parameter that is not correctly percent-encoded
 */
export function parseQuery(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const part of text.split('&')) {
    if (part === '') continue;
    const end = part.indexOf('=');
    const rawName = end < 0 ? part : part.slice(0, end);
    const name = decoded('a name', rawName);
    const value = end < 0 ? '' : decoded(name, part.slice(end + 1));
    const earlier = query[name];
    if (earlier === undefined) query[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else query[name] = [earlier, value];
  }
  return query;
}

/** @param what - names the text in the message */
function decoded(what: string, text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    const rule = 'give it in UTF-8, percent-encoded';
    throw new ArgumentError(`${what} is ${quote(text)}; ${rule}`, { cause: error });
  }
}

/**
 * An address as the log shows it: with the names of its parameters, not with their values, which may be somebody's key.
 * What does not look like the name of a parameter may be a key too, and is `…`.
 */
export function loggedAddress(url: string): string {
  const begin = url.indexOf('?');
  if (begin < 0) return url;
  const names = queryText(url)
    .split('&')
    .map((part) => /^([A-Za-z]{1,20})=/.exec(part)?.[1] ?? '…');
  return `${url.slice(0, begin)}?${[...new Set(names)].join('&')}`;
}
