/** The protocol: which ratings are clicks, and which users or clicks are held out. */

import { z } from 'zod';

/**
 * What a run is measured on: whole users who are not trained on; what users did after a date; the last clicks of each
 * user; a share of the clicks of each user; or what the files of a published split say.
 */
export const protocolNames = ['users', 'time', 'leave-last', 'per-user', 'files'] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** A file of a published split, by its path as it was given. */
const splitFile = z.strictObject({ path: z.string(), sha256: z.string() });

/** Which clicks of users who are trained on are held out. */
const heldOutClicksSchema = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('time'),
    /** Seconds since 1970: what came before is trained on. */
    trainBefore: z.number(),
    /** Seconds since 1970: what came between is for validation, and what came from here on is for the test. */
    testFrom: z.number(),
  }),
  z.strictObject({
    by: z.literal('leave-last'),
    /** K: each user's last K clicks are for the test, and the K clicks before them are for validation. */
    last: z.int().min(1),
  }),
  z.strictObject({
    by: z.literal('per-user'),
    /** The part of each user's clicks that is for the test; as large a part is for validation. */
    share: z.number().positive().max(0.4),
  }),
  z.strictObject({
    by: z.literal('files'),
    train: splitFile,
    /** Null where a tenth of the training clicks is for validation. */
    validation: splitFile.nullable(),
    test: splitFile,
  }),
]);
export type HeldOutClicks = z.infer<typeof heldOutClicksSchema>;

/** How to turn ratings into clicks, and clicks into a split (Liang et al. 2018, section 4). */
export const protocolSchema = z.strictObject({
  /** A rating above this is a click; with null, every row is one. */
  ratingThreshold: z.number().nullable(),
  /** Users with fewer clicks are left out. */
  minClicks: z.int().min(1),
  /** H, the number of test users; there are as many validation users. Counted where clicks are held out. */
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
  /** Absent where whole users are held out. */
  heldOutClicks: heldOutClicksSchema.optional(),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** A protocol that holds out clicks of one kind. */
export type ClickProtocol<By extends HeldOutClicks['by'] = HeldOutClicks['by']> = Protocol & {
  readonly heldOutClicks: Extract<HeldOutClicks, { readonly by: By }>;
};

/** The name of a protocol. */
export function protocolName({ heldOutClicks }: Pick<Protocol, 'heldOutClicks'>): ProtocolName {
  return heldOutClicks?.by ?? 'users';
}

/** The paper's threshold, minimum and seed. */
export const paperProtocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765 } as const;

/** A time as people read it, such as `2000-12-31T22:30:00Z`. @param seconds - since 1970 */
export function timeText(seconds: number): string {
  return new Date(1000 * seconds).toISOString().replace('.000Z', 'Z');
}

/** What a protocol holds out, in a sentence without a full stop. */
export function protocolText({ heldOutClicks: held, splitSeed }: Protocol): string {
  switch (held?.by) {
    case undefined:
      return `whole users are held out (strong generalization), seed ${splitSeed}`;
    case 'time':
      return `trained on what came before ${timeText(held.trainBefore)}; validation is what came until ${timeText(held.testFrom)}, and the test is what came from then on`;
    case 'leave-last': {
      const clicks = held.last === 1 ? 'click' : `${held.last} clicks`;
      return `the last ${clicks} of each user ${held.last === 1 ? 'is' : 'are'} for the test, and the ${clicks} before for validation`;
    }
    case 'per-user':
      return `a part of ${held.share} of each user’s clicks, at random, is for the test, and as much for validation, seed ${splitSeed}`;
    case 'files':
      return held.validation === null
        ? `the split of ${held.train.path} and ${held.test.path}; a tenth of the training clicks is for validation and not trained on, seed ${splitSeed}`
        : `the split of ${held.train.path}, ${held.validation.path} and ${held.test.path}`;
  }
}
