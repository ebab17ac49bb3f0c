import { signal } from '@preact/signals';

/** Where the reader is: `#/user/7?genre=Drama` is the path `['user', '7']` and a query. */
export interface Address {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Values of a query; null, '' and [] leave a parameter out. */
export type QueryChanges = Readonly<
  Record<string, string | number | readonly string[] | null | undefined>
>;

/** Reads what follows the `#` of an address; a badly encoded part is taken as it stands. */
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

/** The address of a view, for a link. */
export function href(path: readonly string[], query: QueryChanges = {}): string {
  return hashOf({ path, query: changed(new URLSearchParams(), query) });
}

/**
 * The page's own addresses live behind the `#`: the server never sees them, so none can collide with a
 * path of its API, and every one can be shared and reloaded.
 */
export const address = signal(parseAddress(location.hash));
addEventListener('hashchange', () => {
  address.value = parseAddress(location.hash);
});

/** Goes to another view, as a link would. */
export function go(path: readonly string[], query: QueryChanges = {}): void {
  location.hash = href(path, query);
}

/** Changes parameters of the present view; the back button goes to the view before it, not to each change. */
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
