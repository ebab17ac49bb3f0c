/** Short versions of the soak tests of `npm run soak`; swaps.test.ts and overload.test.ts have the others. */

import { expect, it } from 'vitest';
import { fuzz } from '../../bench/soak/fuzz.js';
import { kills } from '../../bench/soak/kills.js';
import { restarts } from '../../bench/soak/restarts.js';

it('keeps every acknowledged event exactly once, and every acknowledged item, after kills', async () => {
  const { acknowledged, items, integrity, ...found } = await kills(3);
  expect(acknowledged).toBeGreaterThan(10);
  expect(items).toBeGreaterThan(10);
  expect(integrity).toBe('ok');
  const nothing = { lost: 0, double: 0, lostItems: 0, halfLists: 0, refused: 0 };
  expect(found).toEqual({ kills: 3, ...nothing });
});

it('breaks no answer during restarts', async () => {
  const { answers, notTaken: _, ...found } = await restarts(2);
  expect(answers).toBeGreaterThan(20);
  expect(found).toEqual({ restarts: 2, broken: 0, badExits: 0 });
});

it('answers random requests without failing', async () => {
  const { statuses, unavailable: _, requests, routes, ...found } = await fuzz(40);
  expect(requests).toBe(routes * 40);
  expect(found).toEqual({ unexpected: [], malformed: [], crashes: 0 });
  expect(statuses[200]).toBeGreaterThan(100);
  expect(statuses[400]).toBeGreaterThan(100);
});
