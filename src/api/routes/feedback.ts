/** Routes that write: feedback, and the deletion of events and users. */

import { z } from 'zod';
import type { FeedbackEvent } from '../../data/feedback.js';
import type { ItemId, UserId } from '../../data/ids.js';
import type { FeedbackWriter } from '../../data/store/sqlite/feedback-writer.js';
import type { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { ArgumentError, BusyError, HomeError } from '../../errors.js';
import type { ServingMetrics } from '../metrics.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';

const maxEvents = 1000;

const id = (what: string) => {
  const error = `${what} of 1 to 500 characters, without NUL`;
  return z.string({ error }).regex(/^[^\0]{1,500}$/su, { error });
};
const keyRule = 'a key of 1 to 200 characters, without NUL, that no other event has';
const timestampRule = 'seconds since 1970, an integer';

const event = z.strictObject(
  {
    key: z.string({ error: keyRule }).regex(/^[^\0]{1,200}$/su, { error: keyRule }),
    userId: id('a user id'),
    itemId: id('an item id'),
    rating: z.number({ error: 'a number, or null for a click' }).nullable().default(null),
    timestamp: z
      .int({ error: timestampRule })
      .min(0, { error: timestampRule })
      .max(253_402_300_799, { error: timestampRule })
      .nullable()
      .default(null),
  },
  { error: 'an event: an object with key, userId and itemId' },
);

const events = z.strictObject(
  {
    events: z
      .array(event, { error: 'a list of events' })
      .min(1, { error: 'at least one event' })
      .max(maxEvents, { error: `at most ${maxEvents} events` }),
  },
  { error: 'an object with the list `events`' },
);

const status = z.enum(['stored', 'repeated']);
const retry = { description: 'another process writes; Retry-After says when to try again' };

/** Where feedback goes. */
export type FeedbackStore = Pick<FeedbackWriter, 'store' | 'delete' | 'deleteUser'>;

/** What the feedback routes need. */
export interface FeedbackDependencies {
  readonly feedback: FeedbackStore;
  readonly database: Pick<RatingsDatabase, 'dataset'>;
  /** Whether the active model knows an item. */
  readonly knowsItem: (itemId: string) => boolean;
  readonly metrics: ServingMetrics;
}

export function feedbackRoutes(dependencies: FeedbackDependencies): Route[] {
  const { feedback, database, knowsItem, metrics } = dependencies;
  return [
    route({
      method: 'post',
      path: '/feedback',
      scope: 'write',
      summary: 'Store clicks and ratings; an event that is sent again with its key is stored once',
      body: z.union([event, events]),
      responses: {
        201: {
          description: 'every event is on disk',
          body: z.strictObject({
            stored: z.int(),
            repeated: z.int(),
            events: z.array(z.strictObject({ key: z.string(), status, inModel: z.boolean() })),
          }),
        },
        409: { description: 'a key belongs to another event; nothing was stored' },
        503: retry,
      },
      handle: async ({ body }) => {
        const list = ('events' in body ? body.events : [body]).map(eventOf);
        checkScale(list, database.dataset()?.scale ?? null);
        const outcome = await writing(() => feedback.store(list));
        const stored = outcome.filter((what) => what === 'stored').length;
        metrics.feedback('stored', stored);
        metrics.feedback('repeated', list.length - stored);
        return {
          status: 201,
          body: {
            stored,
            repeated: list.length - stored,
            events: list.map(({ key, itemId }, k) => ({
              key,
              status: outcome[k]!,
              inModel: knowsItem(itemId),
            })),
          },
        };
      },
    }),
    route({
      method: 'delete',
      path: '/feedback/:key',
      scope: 'write',
      summary: 'Delete one event',
      params: z.object({ key: z.string() }),
      responses: {
        204: { description: 'it is deleted from disk' },
        404: { description: 'there is no event with this key' },
        503: retry,
      },
      handle: async ({ params }) => {
        if (!(await writing(() => feedback.delete(params.key)))) {
          throw new ProblemError(
            404,
            `there is no event with the key ${JSON.stringify(params.key)}`,
            {
              code: 'E_UNKNOWN_KEY',
            },
          );
        }
        metrics.feedback('deleted', 1);
        return { status: 204 };
      },
    }),
    route({
      method: 'delete',
      path: '/users/:userId',
      scope: 'write',
      summary: 'Delete everything about a user, imported or not',
      params: z.object({ userId: z.string() }),
      responses: {
        200: {
          description: 'how much is deleted from disk',
          body: z.strictObject({ userId: z.string(), ratings: z.int(), feedback: z.int() }),
        },
        404: { description: 'nothing is stored about this user' },
        503: retry,
      },
      handle: async ({ params: { userId } }) => {
        const deleted = await writing(() => feedback.deleteUser(userId));
        if (deleted === null) {
          throw new ProblemError(404, `nothing is stored about user ${JSON.stringify(userId)}`, {
            code: 'E_UNKNOWN_USER',
          });
        }
        metrics.feedback('deleted', deleted.feedback);
        return { body: { userId, ...deleted } };
      },
    }),
  ];
}

function eventOf({ userId, itemId, ...rest }: z.output<typeof event>): FeedbackEvent {
  return { ...rest, userId: userId as UserId, itemId: itemId as ItemId };
}

/** @throws ArgumentError for a rating outside the scale of the data set */
function checkScale(
  list: readonly FeedbackEvent[],
  scale: { readonly low: number; readonly high: number } | null,
): void {
  if (scale === null) return;
  const { low, high } = scale;
  const bad = list.find(({ rating }) => rating !== null && !(rating >= low && rating <= high));
  if (bad !== undefined) {
    throw new ArgumentError(
      `rating is ${bad.rating} in the event ${JSON.stringify(bad.key)}; give a number from ${low} to ${high}, the scale of the data, or null for a click`,
    );
  }
}

/** A database that cannot be written is not the request's fault, and may recover: 503 with `Retry-After`. */
async function writing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof BusyError) {
      throw new ProblemError(503, error.message, {
        code: error.code,
        headers: { 'Retry-After': '2' },
      });
    }
    if (error instanceof HomeError) {
      throw new ProblemError(503, 'the database cannot be written', {
        code: error.code,
        headers: { 'Retry-After': '60' },
      });
    }
    throw error;
  }
}
