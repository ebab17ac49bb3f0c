/** How ratings become clicks and who is held out. */

import { z } from 'zod';

/** How ratings become clicks and clicks become a split (Liang et al. 2018, section 4). */
export const protocolSchema = z.strictObject({
  /** A click is a rating above this; null makes every row a click. */
  ratingThreshold: z.number().nullable(),
  /** Users with fewer clicks are left out. */
  minClicks: z.int().min(1),
  /** H: so many test users and as many validation users. */
  heldoutUsers: z.int().min(1),
  /** Seed of NumPy's legacy generator. */
  splitSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** The paper's threshold, minimum and seed. */
export const paperProtocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765 } as const;
