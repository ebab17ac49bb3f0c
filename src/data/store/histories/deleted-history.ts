/** The hash of data after a user was deleted. */
import { createHash } from 'node:crypto';

/**
 * The hash of the old hash and of the deleted ratings, so that the same deletion always gives the same hash.
 *
 * @param ratings - the user's, as `history.ts` describes them
 */
export function hashWithout(
  dataHash: string,
  ratings: Uint8Array,
  weights: Uint8Array | null,
): string {
  const hash = createHash('sha256').update(dataHash, 'hex').update(ratings);
  if (weights !== null) hash.update(weights);
  return hash.digest('hex');
}
