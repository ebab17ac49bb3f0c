/** Encodes and decodes `users.safetensors`, the hashes of the users whom a run was trained on. */
import { TrainedUsers } from '../data/split/trained-users.js';
import { RunError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { encodeSafetensors, readSafetensors } from './safetensors.js';

const tensor = 'trained-users';

/** Encodes users as a safetensors file of one tensor, [users, 2] 32-bit integers: the halves of each hash, the low one first. */
export function encodeTrainedUsers({ hashes, count }: TrainedUsers): Uint8Array {
  const data = new Int32Array(hashes.buffer, hashes.byteOffset, 2 * count);
  return encodeSafetensors({ [tensor]: { shape: [count, 2], data } });
}

/**
 * Reads what `encodeTrainedUsers` wrote.
 *
 * @param name - the file's path, for messages
 * @throws RunError when the file holds something else
 */
export function decodeTrainedUsers(source: ByteSource, name: string): TrainedUsers {
  const found = readSafetensors(source, name).tensors[tensor];
  if (!(found?.data instanceof Int32Array) || found.shape[1] !== 2) {
    throw new RunError(`${name} does not hold the users that a run was trained on`);
  }
  return new TrainedUsers(new BigUint64Array(Int32Array.from(found.data).buffer));
}
