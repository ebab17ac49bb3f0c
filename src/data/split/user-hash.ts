/** Hashes of users' ids: the same on every machine and in every night. */
import { createHash } from 'node:crypto';

/**
 * The first 64 bits of a SHA-256 of a user's id.
 *
 * @param purpose - hashes of different purposes are independent
 */
export function userHash(purpose: string, user: string): bigint {
  return createHash('sha256').update(`${purpose}\n${user}`).digest().readBigUInt64BE();
}

/** A number from 0 to 1, below 1, that depends on purpose and id alone. */
export function userDraw(purpose: string, user: string): number {
  return Number(userHash(purpose, user) >> 11n) / 2 ** 53;
}
