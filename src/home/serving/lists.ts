/** Makes the recommendation lists of many users, block by block, in memory that does not grow with their number. */

import type { UserId } from '../../data/ids.js';
import type { Store } from '../../data/store/store.js';
import { ArgumentError, UnknownUserError } from '../../errors.js';
import type { RecommendationList } from '../../serving/ranking/list.js';
import type { RecommendationOptions } from '../../serving/ranking/options.js';
import type { Recommendations } from '../../serving/recommendations.js';
import type { OpenServing } from '../serving.js';

/** Users whose lists are made at once; those of the next block begin while a block is handed over. */
const blockUsers = 256;

/** Ids of users, from wherever they come. */
export type UserSource = Iterable<string> | AsyncIterable<string>;

/** A user who gets no list, and why. */
export interface WithoutList {
  readonly userId: string;
  /** An ArgumentError for a text that is no id; an UnknownUserError with `fallback: 'none'`. */
  readonly error: ArgumentError | UnknownUserError;
}

/** The lists of some users, in the order of the users. */
export type ListBlock = readonly (RecommendationList | WithoutList)[];

/** Whose lists, from which run. */
export interface ListsOptions extends RecommendationOptions {
  /** Default: all users of the home, in the order of their ids, those of feedback alone too. */
  readonly users?: UserSource | undefined;
  /** Default: the run that is active at the start. Another activation meanwhile changes nothing. */
  readonly run?: string | undefined;
  /** Stops the work before the next block; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the lists of many users.
 *
 * @param onBlock - gets the lists in the order of the users; the work waits for it
 * @throws as `Recommendations.recommend`, but for what a `WithoutList` says
 */
export async function makeLists(
  { models, recommendationsOf, store }: Pick<OpenServing, 'models' | 'recommendationsOf' | 'store'>,
  { users = allUsers(store), run, signal, ...options }: ListsOptions,
  onBlock: (block: ListBlock) => void | Promise<void>,
): Promise<void> {
  await models.withModel(run, async (model) => {
    const recommendations = recommendationsOf(model);
    let before: Promise<ListBlock> | null = null;
    for await (const ids of blocksOf(users)) {
      signal?.throwIfAborted();
      const block = Promise.all(ids.map((id) => listOf(recommendations, id, options)));
      block.catch(() => undefined); // thrown where it is awaited
      if (before !== null) await onBlock(await before);
      before = block;
    }
    signal?.throwIfAborted();
    if (before !== null) await onBlock(await before);
  });
}

/** Whether a user gets no list. */
export function isWithoutList(entry: RecommendationList | WithoutList): entry is WithoutList {
  return 'error' in entry;
}

async function listOf(
  recommendations: Recommendations,
  userId: string,
  options: RecommendationOptions,
): Promise<RecommendationList | WithoutList> {
  let id: string;
  try {
    id = await recommendations.userId(userId);
  } catch (error) {
    if (error instanceof ArgumentError) return { userId, error };
    throw error;
  }
  try {
    return await recommendations.recommend(id, options);
  } catch (error) {
    if (error instanceof UnknownUserError) return { userId, error };
    throw error;
  }
}

/** All users of a store, in the order of their ids. */
export async function* allUsers(store: Pick<Store, 'usersAfter'>): AsyncGenerator<string> {
  let last: UserId | null = null;
  for (;;) {
    const page: readonly UserId[] = await store.usersAfter(last, blockUsers);
    yield* page;
    last = page.at(-1) ?? null;
    if (page.length < blockUsers) return;
  }
}

async function* blocksOf(users: UserSource): AsyncGenerator<string[]> {
  let block: string[] = [];
  for await (const user of users) {
    block.push(user);
    if (block.length < blockUsers) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}
