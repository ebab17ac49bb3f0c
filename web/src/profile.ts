/** The reader's own profile, kept in the address and the tab. */

import { changeQuery, href } from './address.js';

/** Items that the reader likes, and items to hide. The address holds them; no database does. */
export interface Profile {
  readonly liked: readonly string[];
  readonly hidden: readonly string[];
}

const storageName = 'multvae-profile';

/** The profile in an address. */
export function readProfile(query: URLSearchParams): Profile {
  return { liked: unique(query.getAll('like')), hidden: unique(query.getAll('hide')) };
}

/** The last profile of this tab; empty at first. */
export function lastProfile(): Profile {
  return readProfile(new URLSearchParams(sessionStorage.getItem(storageName) ?? ''));
}

/** The link to the profile view with a profile. */
export function profileAddress(profile: Profile = lastProfile()): string {
  return href(['profile'], { like: profile.liked, hide: profile.hidden });
}

/** Puts a profile into the address of the current view and remembers it. */
export function writeProfile(profile: Profile): void {
  keepProfile(profile);
  changeQuery({ like: profile.liked, hide: profile.hidden });
}

/** Remembers a profile until the tab is closed. */
export function keepProfile({ liked, hidden }: Profile): void {
  const query = new URLSearchParams();
  for (const id of liked) query.append('like', id);
  for (const id of hidden) query.append('hide', id);
  sessionStorage.setItem(storageName, query.toString());
}

/** The profile with one more item liked. */
export function liking({ liked, hidden }: Profile, itemId: string): Profile {
  return { liked: unique([...liked, itemId]), hidden: hidden.filter((id) => id !== itemId) };
}

/** The profile with one more item hidden. */
export function hiding({ liked, hidden }: Profile, itemId: string): Profile {
  return { liked: liked.filter((id) => id !== itemId), hidden: unique([...hidden, itemId]) };
}

/** The profile without an item. */
export function without({ liked, hidden }: Profile, itemId: string): Profile {
  const others = (ids: readonly string[]) => ids.filter((id) => id !== itemId);
  return { liked: others(liked), hidden: others(hidden) };
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids.filter(Boolean))];
}
