/** Routes that write: feedback, and the deletion of events and users. */

import { z } from 'zod';
import { eventTypePattern, eventTypeRule } from '../../config/home-settings.js';
import type { FeedbackEvent } from '../../data/feedback.js';
import { type ItemId, itemIdOf, type UserId, userIdOf } from '../../data/ids.js';
import type { FeedbackWriter } from '../../data/store/feedback.js';
import type { Store } from '../../data/store/store.js';
import { endTime, minTime, perSecond, smallUnitOf, timeRule } from '../../data/time.js';
import { ArgumentError } from '../../errors.js';
import { recommendationLimits } from '../../serving/ranking/options.js';
import type { FollowedSettings } from '../../serving/settings/settings.js';
import type { ServingMetrics } from '../metrics.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';
import { idField, text } from '../schemas/parameters.js';
import { problems } from '../schemas/replies.js';

const maxEvents = 1000;

/** The longest list. */
const maxPlace = recommendationLimits.maxN;
const placeRule = `the place of the item in the list, a whole number from 1 to ${maxPlace}`;

/** Whether a number is a time, with a hint where it is one in another unit. */
const timestamp = z
  .number({ error: timeHint })
  .min(minTime, { error: timeHint })
  .lt(endTime, { error: timeHint });

function timeHint({ input }: { readonly input?: unknown }): string {
  const unit = typeof input === 'number' ? smallUnitOf(input) : null;
  return unit === null
    ? timeRule
    : `${timeRule}; this looks like ${unit}, so divide it by ${perSecond[unit]}`;
}

const event = z.strictObject(
  {
    key: text(200).describe('yours to choose; no other event has it'),
    userId: idField(),
    itemId: idField(),
    rating: z.number({ error: 'a number, or null for a click' }).nullable().default(null),
    type: z
      .string({ error: eventTypeRule })
      .regex(eventTypePattern, { error: eventTypeRule })
      .nullable()
      .default(null)
      .describe('such as view, click, cart or purchase; without one it is a click or a rating'),
    recommendationId: z
      .uuid({ error: 'the recommendationId of an answer' })
      .transform((id) => id.toLowerCase())
      .nullable()
      .default(null)
      .describe('the list that the user acted on'),
    place: z
      .int({ error: placeRule })
      .min(1, { error: placeRule })
      .max(maxPlace, { error: placeRule })
      .nullable()
      .default(null)
      .describe('the place of the item in that list, from 1'),
    timestamp: timestamp.nullable().default(null).describe('seconds since 1970'),
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
/** Where feedback goes. */
export type FeedbackStore = Pick<FeedbackWriter, 'store' | 'delete' | 'deleteUser'>;

/** What the feedback routes need. */
export interface FeedbackDependencies {
  readonly feedback: FeedbackStore;
  readonly store: Pick<Store, 'dataset' | 'userRatings' | 'item'>;
  /** What the event types weigh. */
  readonly settings: Pick<FollowedSettings, 'current'>;
  /** Whether the active model knows an item. */
  readonly knowsItem: (itemId: string) => boolean;
  readonly metrics: ServingMetrics;
}

export function feedbackRoutes(dependencies: FeedbackDependencies): Route[] {
  const { feedback, store, settings, knowsItem, metrics } = dependencies;
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
            events: z.array(
              z.strictObject({
                key: z.string(),
                status,
                inModel: z.boolean(),
                counts: z
                  .boolean()
                  .optional()
                  .describe(
                    'with a type: whether the type has a weight, so that answers follow it',
                  ),
              }),
            ),
          }),
        },
        409: { description: 'a key belongs to another event; nothing was stored' },
        503: problems.cannotWrite,
      },
      handle: async ({ body }) => {
        const list: FeedbackEvent[] = [];
        if ('events' in body) {
          for (const [k, event] of body.events.entries()) {
            list.push(await eventOf(store, event, `events[${k}].`));
          }
        } else list.push(await eventOf(store, body, ''));
        for (const event of list) checkFields(event);
        checkScale(list, (await store.dataset())?.scale ?? null);
        const outcome = await feedback.store(list);
        const weights = list.some(({ type }) => type != null)
          ? ((await settings.current()).events ?? {})
          : {};
        const stored = outcome.filter((what) => what === 'stored').length;
        metrics.feedback('stored', stored);
        metrics.feedback('repeated', list.length - stored);
        return {
          status: 201,
          body: {
            stored,
            repeated: list.length - stored,
            events: list.map(({ key, itemId, type }, k) => ({
              key,
              status: outcome[k]!,
              inModel: knowsItem(itemId),
              ...(type != null && { counts: Object.hasOwn(weights, type) && weights[type]! > 0 }),
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
      params: z.object({ key: text(200) }),
      responses: {
        204: { description: 'it is deleted from disk' },
        404: { description: 'there is no event with this key' },
        503: problems.cannotWrite,
      },
      handle: async ({ params }) => {
        if (!(await feedback.delete(params.key))) {
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
        503: problems.cannotWrite,
      },
      handle: async ({ params }) => {
        const userId = await userIdOf(store, params.userId);
        const deleted = await feedback.deleteUser(userId);
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

/**
 * An event with the user and the item that the sender means.
 *
 * @param place - where it stands in the body, before the name of a field
 * @throws ArgumentError for a text that cannot be an id
 */
async function eventOf(
  store: FeedbackDependencies['store'],
  { userId, itemId, ...rest }: z.output<typeof event>,
  place: string,
): Promise<FeedbackEvent> {
  return {
    ...rest,
    userId: (await userIdOf(store, userId, `${place}userId`)) as UserId,
    itemId: (await itemIdOf(store, itemId, `${place}itemId`)) as ItemId,
  };
}

/** @throws ArgumentError for fields that say nothing together */
function checkFields({ key, rating, type, recommendationId, place }: FeedbackEvent): void {
  const named = `in the event ${JSON.stringify(key)}`;
  if (type != null && rating !== null) {
    throw new ArgumentError(
      `type is ${JSON.stringify(type)} and rating is ${rating} ${named}; an event has one of the two, so leave the other out`,
    );
  }
  if (place != null && recommendationId == null) {
    throw new ArgumentError(
      `place is ${place} ${named}, and no list is named; give its recommendationId, or leave place out`,
    );
  }
}

/** @throws ArgumentError for a rating outside the scale of the data set, or where it has no scale */
function checkScale(
  list: readonly FeedbackEvent[],
  scale: { readonly low: number; readonly high: number } | null,
): void {
  if (scale === null) {
    const rated = list.find(({ rating }) => rating !== null);
    if (rated === undefined) return;
    throw new ArgumentError(
      `rating is ${rated.rating} in the event ${JSON.stringify(rated.key)}, but the data have no ratings: each event is a click; leave rating out, or give null`,
    );
  }
  const { low, high } = scale;
  const bad = list.find(({ rating }) => rating !== null && !(rating >= low && rating <= high));
  if (bad !== undefined) {
    throw new ArgumentError(
      `rating is ${bad.rating} in the event ${JSON.stringify(bad.key)}; give a number from ${low} to ${high}, the scale of the data, or null for a click`,
    );
  }
}
