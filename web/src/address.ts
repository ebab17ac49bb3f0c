/** The page's address: reading it, changing it, and making links. */

import { signal } from '@preact/signals';

/** The part of the address after `#`: `#/user/7?genre=Drama` is the path `['user', '7']` and a query. */
export interface Address {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** New values of query parameters; null, '' and [] remove a parameter. */
export type QueryChanges = Readonly<
  Record<string, string | number | readonly string[] | null | undefined>
>;

/** Parses an address from its `#`. A badly encoded part is kept as it is. */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    query: new URLSearchParams(query),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The link to a view. */
export function href(path: readonly string[], query: QueryChanges = {}): string {
  return hashOf({ path, query: changed(new URLSearchParams(), query) });
}

/**
 * The current address. Addresses of views start with `#`, so the server never sees them: they cannot collide with
 * paths of its API, and each can be shared and reloaded.
 */
export const address = signal(parseAddress(location.hash));
addEventListener('hashchange', () => {
  address.value = parseAddress(location.hash);
});

/** Opens another view, like a link. */
export function go(path: readonly string[], query: QueryChanges = {}): void {
  location.hash = href(path, query);
}

/** Changes parameters of the current view without a new entry in the browser's history. */
export function changeQuery(changes: QueryChanges): void {
  const { path, query } = address.value;
  const next = { path, query: changed(new URLSearchParams(query), changes) };
  history.replaceState(null, '', hashOf(next));
  address.value = next;
}

function changed(query: URLSearchParams, changes: QueryChanges): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    if (value === null || value === undefined || value === '') continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  return query;
}

function hashOf({ path, query }: Address): string {
  const words = query.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${words && `?${words}`}`;
}
