/** What a click is and who is held out: the protocol as given, and as it is once the data are known. */

import type { Protocol } from '../config/protocol.js';
import { defaultHeldoutUsers, type LabelledClicks } from '../data/split/users.js';
import type { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';

/** The flags that decide what a click is and who is held out. */
export interface ProtocolFlags {
  readonly heldoutUsers?: number;
  readonly splitSeed: number;
  readonly threshold: number;
  readonly minClicks: number;
}

/** The clicks that the flags select, and the protocol with H filled in. */
export function readClicks(
  database: RatingsDatabase,
  flags: ProtocolFlags,
): { clicks: LabelledClicks; protocol: Protocol } {
  const clicks = database.labelledClicks(flags.threshold, flags.minClicks);
  return {
    clicks,
    protocol: {
      ratingThreshold: flags.threshold,
      minClicks: flags.minClicks,
      heldoutUsers: flags.heldoutUsers ?? defaultHeldoutUsers(clicks.userIds.length),
      splitSeed: flags.splitSeed,
    },
  };
}
