/** The stages of `GET /recommend/:userId`: from a user id to the bytes of the answer. */

import { hash, randomUUID } from 'node:crypto';
import type { AnswerCache, CachedAnswer } from './answer-cache.js';
import { answerJson } from './answer-json.js';
import type { KnownItems } from './known-items.js';
import type { RecommendationOptions } from './ranking/options.js';
import type { Profile, Recommendations } from './recommendations.js';
import type { ModelRules } from './rules/model-rules.js';

/** One request for a user's recommendations. */
export interface UserQuestion {
  readonly userId: string;
  /** Always with its keys in the same order: equal options must give equal JSON. */
  readonly options: RecommendationOptions;
}

/** What answers the question: the methods of `Recommendations` that the stages use. */
export interface AnswerSource extends Pick<Recommendations, 'run' | 'dataVersion' | 'rank'> {
  profile(userId: string, options: RecommendationOptions): Profile;
  /** Default: there are no rules. */
  readonly rules?: Pick<ModelRules, 'key'>;
  readonly items: Pick<KnownItems, 'catalogueVersion' | 'entries' | 'fieldsOf' | 'jsonOf'>;
}

/** An answer as bytes of JSON, and what the log says of it. */
export interface RecommendationJson {
  readonly source: 'model' | 'popularity';
  readonly recommendationId: string;
  readonly body: Buffer;
}

/**
 * The JSON of what `Recommendations.recommend` gives, taken from the cache while it still holds.
 *
 * A cached answer holds while nothing stored has changed, or as long as the user's clicks and the titles turn out to
 * be the same. It never outlives a click or a deletion, or a time at which a rule begins or ends.
 *
 * @param cache - null for none
 * @throws as `Recommendations.recommend`
 */
export async function answerUser(
  source: AnswerSource,
  cache: AnswerCache | null,
  { userId, options }: UserQuestion,
): Promise<RecommendationJson> {
  if (cache === null) {
    const ranked = await source.rank(source.profile(userId, options), options);
    return reply(source.run.id, userId, answerJson(source.items, ranked, options));
  }

  // The version is read before the profile: the next request notices a change that comes between the two.
  const version = source.dataVersion();
  const rules = source.rules?.key(options) ?? '';
  const key = JSON.stringify([source.run.id, userId, options, rules]);
  const current = cache.get(key, version);
  if (current !== null) return reply(source.run.id, userId, current);

  const profile = source.profile(userId, options);
  const fingerprint = fingerprintOf(profile, source.items.catalogueVersion);
  const unchanged = cache.refresh(key, { version, fingerprint });
  if (unchanged !== null) return reply(source.run.id, userId, unchanged);

  const answer = answerJson(source.items, await source.rank(profile, options), options);
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
  { source, rest }: CachedAnswer,
): RecommendationJson {
  const recommendationId = randomUUID();
  const own = JSON.stringify({ userId, source, modelVersion, recommendationId });
  const head = Buffer.from(`${own.slice(0, -1)},`);
  return { source, recommendationId, body: Buffer.concat([head, rest]) };
}
