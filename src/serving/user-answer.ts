/** The stages of `GET /recommend/:userId`: from a user id to the bytes of the answer. */

import { hash } from 'node:crypto';
import type { AnswerCache, CachedAnswer } from './answer-cache.js';
import { answerJson } from './answer-json.js';
import type { Moment } from './items/moment.js';
import type { KnownItems } from './known-items.js';
import { makeRecommendationId } from './lists/recommendation-id.js';
import type { RecommendationOptions } from './ranking/options.js';
import type { Profile, Recommendations } from './recommendations.js';

/** One request for a user's recommendations. */
export interface UserQuestion {
  readonly userId: string;
  /** Always with its keys in the same order: equal options must give equal JSON. */
  readonly options: RecommendationOptions;
}

/** What a question is answered from. */
export type AnswerMoment = Pick<Moment, 'rulesKey'> & {
  readonly items: Pick<KnownItems, 'catalogueVersion' | 'entries' | 'fieldsOf' | 'jsonOf'>;
};

/** What answers the question: the methods of `Recommendations` that the stages use. */
export interface AnswerSource<M extends AnswerMoment = Moment>
  extends Pick<Recommendations, 'run' | 'dataVersion'> {
  momentOf(version: number | null, options: RecommendationOptions): M | null;
  moment(options: RecommendationOptions): Promise<M>;
  profile(userId: string, options: RecommendationOptions): Promise<Profile>;
  rank(
    profile: Profile,
    options: RecommendationOptions,
    moment: M,
  ): ReturnType<Recommendations['rank']>;
}

/** An answer as bytes of JSON, and what the log says of it. */
export interface RecommendationJson {
  readonly source: 'model' | 'popularity';
  readonly recommendationId: string;
  /** How many items it holds. */
  readonly length: number;
  readonly body: Buffer;
}

/**
 * The JSON of what `Recommendations.recommend` gives, taken from the cache while it still holds.
 *
 * A cached answer holds while it is known that nothing stored has changed, or as long as the user's clicks and the titles turn out to
 * be the same. It never outlives a click or a deletion, or a time at which a rule begins or ends.
 *
 * @param cache - null for none
 * @throws as `Recommendations.recommend`
 */
export async function answerUser<M extends AnswerMoment>(
  source: AnswerSource<M>,
  cache: AnswerCache | null,
  { userId, options }: UserQuestion,
): Promise<RecommendationJson> {
  // The version is read before everything else: the next request notices a change that comes between the two.
  const version = source.dataVersion();
  const moment = source.momentOf(version, options) ?? (await source.moment(options));
  if (cache === null) {
    const profile = await source.profile(userId, options);
    const ranked = await source.rank(profile, options, moment);
    return reply(source.run.id, userId, answerJson(moment.items, ranked, options));
  }

  const key = JSON.stringify([source.run.id, userId, options, moment.rulesKey(options)]);
  const current = cache.get(key, version);
  if (current !== null) return reply(source.run.id, userId, current);

  const profile = await source.profile(userId, options);
  const fingerprint = fingerprintOf(profile, moment.items.catalogueVersion);
  const unchanged = cache.refresh(key, { version, fingerprint });
  if (unchanged !== null) return reply(source.run.id, userId, unchanged);

  const ranked = await source.rank(profile, options, moment);
  const answer = answerJson(moment.items, ranked, options);
  cache.put(key, answer, { version, fingerprint });
  return reply(source.run.id, userId, answer);
}

/** @param catalogueVersion - of the titles that the answer shows */
function fingerprintOf(
  { clicks, seen, seenBeyond = [] }: Profile,
  catalogueVersion: string,
): string {
  const items = new Int32Array(clicks.length + seen.length);
  items.set(clicks);
  items.set(seen, clicks.length);
  const beyond =
    seenBeyond.length === 0 ? '' : hash('sha256', JSON.stringify(seenBeyond), 'base64');
  return `${catalogueVersion} ${clicks.length} ${hash('sha256', items, 'base64')} ${beyond}`;
}

/** The answer under an id of its own. */
function reply(
  modelVersion: string,
  userId: string,
  { source, length, rest }: CachedAnswer,
): RecommendationJson {
  const recommendationId = makeRecommendationId(modelVersion, source);
  const own = JSON.stringify({ userId, source, modelVersion, recommendationId });
  const head = Buffer.from(`${own.slice(0, -1)},`);
  return { source, recommendationId, length, body: Buffer.concat([head, rest]) };
}
