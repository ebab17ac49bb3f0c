/** Explanations and exploration of a ranking. */

import { describe, expect, it } from 'vitest';
import type { ClickMatrix } from '../data/click-matrix.js';
import { RandomStream } from '../random.js';
import { explain } from './explain.js';
import { exploring } from './exploration.js';

const itemCount = 100;

/** Score of item i: the sum over clicks j of (i·j mod 7) − 3, so that some clicks lower it. */
async function score(rows: ClickMatrix): Promise<Float32Array> {
  const scores = new Float32Array(rows.rows * itemCount);
  for (let u = 0; u < rows.rows; u++) {
    for (let i = 0; i < itemCount; i++) {
      for (const j of rows.row(u)) scores[u * itemCount + i]! += ((i * j) % 7) - 3;
    }
  }
  return scores;
}

describe('explain', () => {
  it('names the clicks that raised an item most, and no click that lowered it', async () => {
    const because = await explain(score, {
      itemCount,
      clicks: [1, 2, 3, 4, 5],
      items: [1, 7],
      maxClicks: 2,
    });
    expect(because).toEqual([
      [
        { click: 5, contribution: 2 },
        { click: 4, contribution: 1 },
      ],
      [],
    ]);
  });

  it('explains a profile longer than one block', async () => {
    const clicks = Array.from({ length: 90 }, (_, j) => j);
    const [because] = await explain(score, { itemCount, clicks, items: [1], maxClicks: 1000 });
    const raising = clicks.filter((j) => j % 7 > 3);
    expect(because!.map(({ click }) => click).toSorted((a, b) => a - b)).toEqual(raising);
    expect(because!.map(({ contribution }) => contribution)).toEqual(
      raising.map((j) => (j % 7) - 3).sort((a, b) => b - a),
    );
  });

  it('names the earlier click first where two raised an item equally', async () => {
    // Modulo 7 the clicks 4, 11 and 18 are the same.
    const [because] = await explain(score, {
      itemCount,
      clicks: [4, 18, 6, 11],
      items: [1],
      maxClicks: 3,
    });
    expect(because!.map(({ click }) => click)).toEqual([6, 4, 18]);
  });

  it('explains a profile with one click, and one without', async () => {
    expect(await explain(score, { itemCount, clicks: [6], items: [1], maxClicks: 3 })).toEqual([
      [{ click: 6, contribution: 3 }],
    ]);
    expect(await explain(score, { itemCount, clicks: [], items: [1, 2], maxClicks: 3 })).toEqual([
      [],
      [],
    ]);
  });
});

describe('exploring', () => {
  const latent = {
    encode: async (rows: ClickMatrix) => ({
      mean: Float32Array.from({ length: 2 * rows.rows }, (_, k) => k),
      spread: Float32Array.from({ length: 2 * rows.rows }, (_, k) => 1 + k),
      dimensions: 2,
    }),
    decode: async (codes: Float32Array) => codes,
  };
  const rows = { rows: 2 } as ClickMatrix;

  it('moves each dimension by its spread, and depends on the seed alone', async () => {
    const [a, b] = new RandomStream(5, 'explore').normals(2) as unknown as [number, number];
    const expected = [0 + 0.5 * 1 * a, 1 + 0.5 * 2 * b, 2 + 0.5 * 3 * a, 3 + 0.5 * 4 * b];
    const codes = await exploring(latent, 0.5, 5).score(rows);
    codes.forEach((code, k) => {
      expect(code).toBeCloseTo(expected[k]!, 5);
    });
    expect(await exploring(latent, 0.5, 5).score(rows)).toEqual(codes);
    expect(await exploring(latent, 0.5, 6).score(rows)).not.toEqual(codes);
    expect(await exploring(latent, 0, 6).score(rows)).toEqual(Float32Array.of(0, 1, 2, 3));
  });
});
