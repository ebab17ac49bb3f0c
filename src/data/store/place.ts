/** Where a home keeps what it holds: a folder of this machine, and the store of its data. */
import { ArgumentError, HomeError, visible } from '../../errors.js';
import { shellWord } from '../../remedies.js';

/** The place of a home. */
export interface HomePlace {
  /** The home folder: checkpoints, downloads, runs, and the database where `store` is null. */
  readonly folder: string;
  /** The URL of a PostgreSQL database that holds the data; null for SQLite in the folder. */
  readonly store: string | null;
}

/** A place, or a folder with SQLite in it. */
export type HomeAt = string | HomePlace;

/** The place that is meant. */
export function placeAt(home: HomeAt): HomePlace {
  return typeof home === 'string' ? { folder: home, store: null } : home;
}

/** What a URL of a store must be; completes a sentence that ends with "give". */
export const storeRule =
  'a URL such as postgres://user@host:5432/database, with ?schema=NAME for a schema of its own';

/**
 * The place of a home.
 *
 * @param store - the URL of a store; null, undefined and an empty text mean SQLite in the folder
 * @throws ArgumentError for a text that is no URL of a PostgreSQL database; it does not repeat the password
 */
export function homePlace(folder: string, store?: string | null): HomePlace {
  if (store == null || store.trim() === '') return { folder, store: null };
  const text = store.trim();
  const url = urlOf(text);
  if (url === null || !/^postgres(ql)?:\/\//i.test(text)) {
    throw new ArgumentError(`the store is ${JSON.stringify(shownStore(text))}; give ${storeRule}`);
  }
  return { folder, store: text };
}

/** Parameters of a URL that hold a secret. */
const secrets = /^(password|sslpassword|passphrase)$/i;

/** The URL of a store as a message may show it: without the password, and without parameters that hold a secret. */
export function shownStore(store: string): string {
  const url = urlOf(store);
  // A text that cannot be taken apart may hold a password anywhere before its last @, or in its parameters.
  if (url === null || (url.host === '' && store.includes('@')))
    return visible(store.replace(/^([^:/]*:)?(\/\/)?.*@/s, '$1$2').replace(/\?.*$/s, ''));
  url.password = '';
  for (const name of [...url.searchParams.keys()]) {
    if (secrets.test(name)) url.searchParams.delete(name);
  }
  return visible(url.href);
}

/** A place as a message may show it: the store where there is one, else the folder. */
export function shownPlace({ folder, store }: HomePlace): string {
  return store === null ? folder : shownStore(store);
}

/** The error for a home without a data set. */
export function noDataset(place: HomePlace): HomeError {
  return new HomeError(
    `there is no data set in ${shownPlace(place)}; import one first, for example \`multvae import sample --home ${shellWord(place.folder)}${storeFlag(place)}\``,
  );
}

/** ` --store URL` for a command that a user may copy, without the password; empty for SQLite. */
export function storeFlag({ store }: HomePlace): string {
  return store === null ? '' : ` --store ${shellWord(shownStore(store))}`;
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
