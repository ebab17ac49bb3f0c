/** Users and items that came after the training: how much of what was hidden no model could find. */
import type { HeldOutUsers } from '../data/split/users.js';

/** What a held-out set has of users and items that the training did not know. */
export interface Newcomers {
  /** Users with a hidden click and no click to fold in: no figure counts them. */
  readonly users: number;
  /** All users with a hidden click, the new ones too. */
  readonly ofUsers: number;
  /** Items that are hidden and outside the vocabulary. */
  readonly items: number;
  /** Hidden clicks on these items: figures count them as missed. */
  readonly clicks: number;
  /** All hidden clicks of the users who are measured. */
  readonly ofClicks: number;
}

/** Counts the newcomers of a held-out set; null where there are none. */
export function newcomersOf({
  users,
  heldOut,
  unknown = [],
  newUsers = [],
}: HeldOutUsers): Newcomers | null {
  const items = unknown.flat();
  if (newUsers.length + items.length === 0) return null;
  return {
    users: newUsers.length,
    ofUsers: users.length + newUsers.length,
    items: new Set(items).size,
    clicks: items.length,
    ofClicks: heldOut.clicks + items.length,
  };
}

/** What newcomers mean for the figures of a set, in a sentence without a full stop. */
export function newcomersText(found: Newcomers, set: string): string {
  const { users, ofUsers, items, clicks, ofClicks } = found;
  const parts: string[] = [];
  if (users > 0) {
    parts.push(
      `${users} of ${ofUsers} ${set} users (${percent(users / ofUsers)}) are new: the model sees no click of them, and no figure counts them`,
    );
  }
  if (clicks > 0) {
    parts.push(
      `${clicks} of ${ofClicks} hidden ${set} clicks (${percent(clicks / ofClicks)}) are on ${items} items that the training does not know; every figure counts them as missed`,
    );
  }
  return parts.join('; ');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
