/** The users whom a run was trained on, as hashes: enough to ask whether it has seen somebody. */
import type { UserId } from '../ids.js';
import { userHash } from './user-hash.js';

const purpose = 'trained on';

/**
 * A set of users, 8 bytes each. It never denies a user of the set. It takes another for one of them with a chance of one
 * in 2^64 for each of its users: then somebody is trained on who could have been held out.
 */
export class TrainedUsers {
  /** Ascending. */
  readonly hashes: BigUint64Array;

  /** @param hashes - of `userHash`; sorted in place */
  constructor(hashes: BigUint64Array) {
    this.hashes = hashes.sort();
  }

  static of(users: readonly UserId[]): TrainedUsers {
    return new TrainedUsers(BigUint64Array.from(users, (user) => userHash(purpose, user)));
  }

  get count(): number {
    return this.hashes.length;
  }

  has(user: UserId): boolean {
    const sought = userHash(purpose, user);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.hashes[middle]! < sought) low = middle + 1;
      else high = middle;
    }
    return this.hashes[low] === sought;
  }

  /** The users of both, such as those of a run and of the one that it began with. */
  with(others: TrainedUsers): TrainedUsers {
    const both = new BigUint64Array(this.count + others.count);
    both.set(this.hashes);
    both.set(others.hashes, this.count);
    return new TrainedUsers(both.sort().filter((hash, k) => hash !== both[k - 1]));
  }
}
