/** The protocol: which ratings are clicks, and which users are held out. */

import { z } from 'zod';

/** How to turn ratings into clicks, and clicks into a split (Liang et al. 2018, section 4). */
export const protocolSchema = z.strictObject({
  /** A rating above this is a click; with null, every row is one. */
  ratingThreshold: z.number().nullable(),
  /** Users with fewer clicks are left out. */
  minClicks: z.int().min(1),
  /** H, the number of test users; there are as many validation users. */
  heldoutUsers: z.int().min(1),
  /** Seed of NumPy's legacy generator, which shuffles the users. */
  splitSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  /**
   * The run whose held-out users stay held out, and the share of new users who join each held-out set. Absent where the
   * seed alone draws them; a split that keeps users counts H anew.
   */
  kept: z.strictObject({ run: z.string(), share: z.number().min(0).max(0.5) }).optional(),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** The paper's threshold, minimum and seed. */
export const paperProtocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765 } as const;
