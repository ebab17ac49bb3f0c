/** Whether a run that was trained becomes the one that is served. */

import type { Words } from '../../config/words.js';
import type { HomeAt } from '../../data/store/place.js';
import { RunError } from '../../errors.js';
import { outcomeOf, type PairedResult, verdict } from '../../eval/verdict.js';
import type { Vocabulary } from '../../runs/format.js';
import { homeWords } from '../../serving/words/home-words.js';
import { type Contest, contest } from '../comparison/contest.js';
import { type EngineOptions, engineOptions } from '../engine-options.js';
import { withRuns, withStore } from '../place/opened.js';
import { activateRun } from '../runs.js';

/**
 * When a new run becomes the active one: always; unless it is worse than the active run or not better than popularity;
 * or never.
 */
export const activationPolicies = ['always', 'if-better', 'never'] as const;
export type ActivationPolicy = (typeof activationPolicies)[number];

/** When a program wants a run to be activated: true means `always`, false `never`. */
export type ActivationChoice = ActivationPolicy | boolean;

/** The policy that a caller chose. Default: `always`. */
export function policyOf(activate: ActivationChoice = true): ActivationPolicy {
  if (typeof activate !== 'boolean') return activate;
  return activate ? 'always' : 'never';
}

/** Whether a run was activated, and why. */
export interface ActivationVerdict {
  readonly activated: boolean;
  /** In sentences. */
  readonly reason: string;
  /** Null where the policy needs none. */
  readonly comparison: Contest | null;
}

/** How a run is measured, and made active. */
export interface ActivationOptions extends EngineOptions {
  /** Default: `activateRun`. */
  readonly activate?: (runId: string) => Promise<void>;
}

/** A run that lacks items with a larger share of the active run's clicks was trained on data that lost something. */
const maxLostClicks = 0.25;

/** How often a run is judged anew because another process activated a run meanwhile. */
const maxJudgements = 3;

/**
 * Activates a run as a policy says.
 *
 * With `if-better` the run is compared with the active run and with popularity (`contest`). It stays inactive where the
 * paired test of NDCG@100 finds it worse than the active run, or does not find it better than popularity: p below .05.
 * An active run that cannot be compared, such as one of other data, does not count, except that a run which lacks many of
 * its items stays inactive: such as after an import that lost half of them. A run of popularity need not be
 * better than popularity.
 *
 * @throws RunError when the run cannot be read or used; the active run then stays
 */
export async function activateBy(
  home: HomeAt,
  runId: string,
  policy: ActivationPolicy,
  options: ActivationOptions = {},
): Promise<ActivationVerdict> {
  const { activate = (id: string) => activateRun(home, id) } = options;
  if (policy === 'never') {
    return { activated: false, reason: 'this run is not active', comparison: null };
  }
  if (policy === 'always') {
    await activate(runId);
    return { activated: true, reason: 'this run is active now', comparison: null };
  }
  const words = await withStore(home, homeWords);
  for (let judgement = 1; ; judgement++) {
    const active = await activeRun(home);
    const lost = active === null ? null : await lostItems(home, { runId, active, words });
    if (lost !== null) return { activated: false, reason: lost, comparison: null };
    const comparison = await contest(home, runId, active, options);
    const isStale = (await activeRun(home)) !== active;
    if (isStale && judgement < maxJudgements) continue;
    const judged = judge(comparison, { runId, active, words });
    if (judged.activated) await activate(runId);
    return { ...judged, comparison };
  }
}

/** Activates a run that was trained as the options say. @param activate - makes a run active @throws as `activateBy` */
export async function activated<Training extends { readonly runId: string }>(
  home: HomeAt,
  training: Training,
  options: EngineOptions & { readonly activate?: ActivationChoice },
  activate: (runId: string) => Promise<void>,
): Promise<Training & { readonly activation: ActivationVerdict }> {
  const how = { ...engineOptions(options), activate };
  const policy = policyOf(options.activate);
  return { ...training, activation: await activateBy(home, training.runId, policy, how) };
}

/** That a run lacks many of the active run's items; null where it does not, or the active run cannot be read. */
async function lostItems(
  home: HomeAt,
  about: { readonly runId: string; readonly active: string; readonly words: Words },
): Promise<string | null> {
  const { runId, active, words } = about;
  const vocabularyOf = (id: string) =>
    withRuns(home, async ({ runs }) => (await runs.load(id)).vocabulary);
  const known = new Set((await vocabularyOf(runId)).items);
  let base: Vocabulary;
  try {
    base = await vocabularyOf(active);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return null;
  }
  const { items, trainClicks } = base;
  let lost = 0;
  let lostClicks = 0;
  for (const [k, item] of items.entries()) {
    if (known.has(item)) continue;
    lost++;
    lostClicks += trainClicks[k]!;
  }
  const share = lostClicks / trainClicks.reduce((sum, clicks) => sum + clicks, 0);
  if (!(share > maxLostClicks)) return null;
  return `${active} stays active: ${runId} does not know ${lost} of the ${items.length} ${words.items} that the active run knows, with ${Math.round(100 * share)} % of its clicks, as if data were missing. \`multvae activate ${runId}\` serves it all the same.`;
}

async function activeRun(home: HomeAt): Promise<string | null> {
  return withRuns(home, ({ runs }) => runs.active());
}

function judge(
  { base, popularity }: Contest,
  about: { readonly runId: string; readonly active: string | null; readonly words: Words },
): Pick<ActivationVerdict, 'activated' | 'reason'> {
  const { runId, active, words } = about;
  const against = (result: PairedResult, second: string) =>
    verdict(result, { second, words }).sentence;
  const stays = active === null ? 'no run is active' : `${active} stays active`;
  if (base !== null && outcomeOf(base.result.ranking) === 'worse') {
    const figures = against(base.result, 'the active run');
    return { activated: false, reason: `${stays}: ${runId} is worse. ${figures}` };
  }
  if (popularity !== null && outcomeOf(popularity.ranking) !== 'better') {
    const figures = against(popularity, 'popularity');
    const reason = `${stays}: ${runId} is not better than popularity. ${figures}`;
    return { activated: false, reason };
  }
  const reasons: string[] = [];
  if (popularity !== null) {
    reasons.push(`It is better than popularity. ${against(popularity, 'popularity')}`);
  }
  if (base !== null) {
    const is = outcomeOf(base.result.ranking) === 'better' ? 'better' : 'not worse';
    reasons.push(`It is ${is} than ${base.run}. ${against(base.result, base.run)}`);
  }
  return { activated: true, reason: [`${runId} is active.`, ...reasons].join(' ') };
}
