/** Places items on a plane so that those alike stay neighbours, with popularity taken out (UMAP). */

import { UMAP } from 'umap-js';
import { RandomStream } from '../../random.js';
import { embeddedItems } from '../items/embedding.js';
import { principalPlane } from '../projection.js';
import type { ItemEmbedding } from '../recommender.js';

/** Places of items on a plane. */
export interface PlacedItems {
  /** [N], in [-1, 1]; the centre of all items is at 0. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** What a map is made of. */
export interface MapMaterial extends ItemEmbedding {
  /** [N], how often each item was clicked in training. */
  readonly clicks: Int32Array;
}

/** With fewer items there are no neighbourhoods to keep. */
export const minMappedItems = 8;

const neighbours = 15;
const minDistance = 0.1;
/** Vectors with more dimensions are first reduced: neighbours hardly change, and are found sooner. */
const maxDimensions = 64;

/**
 * The map of items on which near ones are alike (McInnes, Healy & Melville 2018, UMAP). The same material always gives
 * the same map. Takes seconds for thousands of items, so call it in a thread (`mapInThread`).
 *
 * Popularity is taken out first: what the logarithm of an item's clicks predicts of its vector, linearly, is
 * subtracted. What is left is scaled to length 1, so that only its direction counts.
 *
 * @param material - at least `minMappedItems` items; its vectors are not changed
 */
export async function neighbourhoodMap(material: MapMaterial): Promise<PlacedItems> {
  const { dimensions } = material;
  const directions = toLengthOne(withoutPopularity(material), dimensions);
  const reduced = await reduce(directions, dimensions);
  const count = material.clicks.length;
  const rows = Array.from({ length: count }, (_, item) =>
    Array.from(
      reduced.vectors.subarray(item * reduced.dimensions, (item + 1) * reduced.dimensions),
    ),
  );
  const random = new RandomStream(1, 'map of items');
  const umap = new UMAP({
    nNeighbors: Math.min(neighbours, count - 1),
    minDist: minDistance,
    random: () => random.float(),
  });
  const places = Float64Array.from(umap.fit(rows).flat());
  // UMAP turns and scales its plane at random; the widest direction becomes x.
  const { x, y } = principalPlane(places, 2);
  const reach = Math.max(farthest(x), farthest(y)) || 1;
  return { x: x.map((value) => value / reach), y: y.map((value) => value / reach) };
}

/**
 * Vectors without what popularity predicts of them: v_i − v̄ − b·(p_i − p̄), with p = log(1 + clicks) and b the slopes of
 * least squares.
 *
 * @returns [N, D]
 */
export function withoutPopularity({ vectors, dimensions, clicks }: MapMaterial): Float64Array {
  const count = clicks.length;
  const popularity = Float64Array.from(clicks, (n) => Math.log1p(n));
  const meanPopularity = popularity.reduce((sum, value) => sum + value, 0) / count;
  const means = new Float64Array(dimensions);
  for (let k = 0; k < vectors.length; k++) means[k % dimensions]! += vectors[k]! / count;
  let variance = 0;
  const slopes = new Float64Array(dimensions);
  for (let item = 0; item < count; item++) {
    const above = popularity[item]! - meanPopularity;
    variance += above ** 2;
    for (let d = 0; d < dimensions; d++) slopes[d]! += above * vectors[item * dimensions + d]!;
  }
  return Float64Array.from({ length: vectors.length }, (_, k) => {
    const d = k % dimensions;
    const above = popularity[Math.floor(k / dimensions)]! - meanPopularity;
    const predicted = variance === 0 ? 0 : (slopes[d]! / variance) * above;
    return vectors[k]! - means[d]! - predicted;
  });
}

/** Scales each row to length 1, in place; a row of zeros stays. */
function toLengthOne(rows: Float64Array, dimensions: number): Float64Array {
  for (let start = 0; start < rows.length; start += dimensions) {
    const row = rows.subarray(start, start + dimensions);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0));
    if (length > 0) for (let d = 0; d < dimensions; d++) row[d]! /= length;
  }
  return rows;
}

/** Rows with at most `maxDimensions` dimensions and nearly the same dot products. */
async function reduce(
  rows: Float64Array,
  dimensions: number,
): Promise<{ readonly vectors: Float64Array | Float32Array; readonly dimensions: number }> {
  if (dimensions <= maxDimensions) return { vectors: rows, dimensions };
  const count = rows.length / dimensions;
  return embeddedItems(count, (column) => {
    const sums = new Float64Array(dimensions);
    for (let k = 0, item = 0; item < count; item++) {
      for (let d = 0; d < dimensions; d++, k++) sums[d]! += column[item]! * rows[k]!;
    }
    const product = new Float64Array(count);
    for (let k = 0, item = 0; item < count; item++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++, k++) sum += sums[d]! * rows[k]!;
      product[item] = sum;
    }
    return product;
  });
}

const farthest = (values: Float64Array) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
