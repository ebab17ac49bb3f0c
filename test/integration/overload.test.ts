/** Short versions of the soak tests that overload a server or limit its memory. */

import { expect, it } from 'vitest';
import { memory } from '../../bench/soak/memory.js';
import { overload } from '../../bench/soak/overload.js';

it('answers every request of the memory test within the memory limit', async () => {
  const { errors, lateMiB } = await memory(2000);
  expect(errors).toBe(0);
  expect(lateMiB).toBeLessThan(600);
});

it('refuses excess requests, answers the others and all health checks, and recovers', async () => {
  const { answers, failures, reasons, healthChecks, unhealthy } = await overload(400, 3);
  expect(Object.keys(answers)).toEqual(['200', '503']);
  expect(failures).toEqual({});
  expect(reasons.requests).toBeGreaterThan(0);
  expect(answers[503]).toBeLessThanOrEqual(reasons.requests! + reasons.delay!);
  expect(healthChecks).toBeGreaterThan(3);
  expect(unhealthy).toBe(0);
});
