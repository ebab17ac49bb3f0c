/** How an ensemble compares items: by its members. */

import { itemSpaceOf, nearnessOf } from '../item-space.js';
import type { ItemEmbedding, ItemVectors, Recommender } from '../recommender.js';

/** A model that compares items, and its part of the blend. */
export interface ComparingMember {
  /** Above 0. */
  readonly weight: number;
  readonly model: Recommender & ItemVectors;
}

/**
 * How near every item is to one: the weighted mean of the members' measures. Each member's is divided by its largest
 * absolute value among the other items, because two measures have no common scale.
 *
 * @returns [I], in [-1, 1] for all items but the one itself
 */
export async function blendedNearness(
  members: readonly ComparingMember[],
  item: number,
): Promise<Float32Array> {
  const whole = totalWeight(members);
  const sums = new Float32Array(members[0]!.model.itemCount);
  for (const { weight, model } of members) {
    const nearness = await nearnessOf(model, item);
    nearness[item] = 0;
    const largest = nearness.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    nearness.forEach((value, other) => {
      sums[other]! += ((weight / whole) * value) / largest;
    });
  }
  return sums;
}

/** The members' vectors beside one another, so that the cosine of two items is the weighted mean of the members' cosines. */
export async function blendedVectors(members: readonly ComparingMember[]): Promise<ItemEmbedding> {
  const whole = totalWeight(members);
  const spaces = await Promise.all(members.map(({ model }) => itemSpaceOf(model)));
  const dimensions = spaces.reduce((sum, space) => sum + space.dimensions, 0);
  const { items } = spaces[0]!;
  const vectors = new Float32Array(items * dimensions);
  for (let item = 0; item < items; item++) {
    let at = item * dimensions;
    spaces.forEach((space, k) => {
      const scale = Math.sqrt(members[k]!.weight / whole);
      for (const value of space.direction(item)) vectors[at++] = scale * value;
    });
  }
  return { vectors, dimensions };
}

function totalWeight(members: readonly ComparingMember[]): number {
  return members.reduce((sum, { weight }) => sum + weight, 0);
}
