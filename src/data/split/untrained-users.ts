/** Whom a run was not trained on. */
import type { Protocol } from '../../config/protocol.js';
import type { UserId } from '../ids.js';
import type { HeldOutUsers } from './users.js';

/** The held-out users of a run; those who were new to it, where clicks of training users are held out. */
export function usersNotTrainedOn({
  protocol,
  split: { validation, test },
}: {
  readonly protocol: Protocol;
  readonly split: { readonly validation: HeldOutUsers; readonly test: HeldOutUsers };
}): ReadonlySet<string> {
  const sets: readonly (readonly UserId[])[] =
    protocol.heldOutClicks === undefined
      ? [validation.users, test.users]
      : [validation.newUsers ?? [], test.newUsers ?? []];
  return new Set(sets.flat());
}
