/** What a night did, in the words of the one who runs the shop. */

import type { Night, PairedMetric } from '../server/live.js';
import { capital, words } from '../words.js';

/** A test below this says that one model is better, as the server judges. */
const level = 0.05;

/** Whether the first of two models is better; `undecided` where the difference may be chance. */
export function outcomeOf({ p, difference }: PairedMetric): 'better' | 'worse' | 'undecided' {
  if (p >= level || difference === 0) return 'undecided';
  return difference > 0 ? 'better' : 'worse';
}

/** Whether a night is not over, or was stopped before its end; the server cannot tell the two apart. */
export function isUnfinished({ outcome, reason }: Night): boolean {
  return outcome === 'failed' && reason.startsWith('the refresh is running');
}

/** One sentence, and the figures behind it where two models were compared. */
export function nightSentence(night: Night): string {
  const { outcome, reason, catalogue } = night;
  if (outcome === 'failed') return sentence(reason);
  if (outcome === 'nothing new') {
    const items = catalogue && catalogue.created + catalogue.changed;
    const brought = items
      ? ` ${items.toLocaleString()} ${words.value.items} are new or changed.`
      : '';
    return `No ${words.value.event} was new, so no model was trained.${brought}`;
  }
  const judged = judgement(night);
  const figures = figuresOf(night);
  if (judged === null) return sentence(reason);
  return figures === null ? `${judged}.` : `${judged}: ${figures}.${orderOf(night)}`;
}

/** Where the numbers of users would not say why a model is better or worse: the order of the lists decided. */
function orderOf({ comparison }: Night): string {
  const base = comparison?.base?.result;
  if (base === undefined) return '';
  const outcome = outcomeOf(base.ranking);
  const more = ofHundred(base.hits.first) - ofHundred(base.hits.second);
  if (outcome === 'worse' && more >= 0) return ' Its lists have them further down.';
  if (outcome === 'better' && more <= 0) return ' Its lists have them further up.';
  return '';
}

function judgement({ outcome, comparison }: Night): string | null {
  if (comparison === null) return outcome === 'activated' ? 'A new model is live' : null;
  const base = comparison.base && outcomeOf(comparison.base.result.ranking);
  if (outcome === 'kept') {
    if (base === 'worse') return 'The new model is worse, so the one before stays';
    const isBetter = comparison.popularity && outcomeOf(comparison.popularity.ranking) === 'better';
    return isBetter ? null : 'The new model is not better than popularity, so it is not live';
  }
  if (base === null) return 'The first model is live';
  return base === 'better'
    ? 'A new model is live, better than the one before'
    : 'A new model is live, with no sure difference from the one before';
}

/** How many of a hundred users find something; null where nothing was compared. */
function figuresOf({ comparison }: Night): string | null {
  const base = comparison?.base?.result.hits ?? null;
  const popularity = comparison?.popularity?.hits ?? null;
  const first = base ?? popularity;
  if (first === null) return null;
  const { users, event } = words.value;
  const rivals = [
    base && `${ofHundred(base.second)} with the one before`,
    popularity && `${ofHundred(popularity.second)} with popularity`,
  ].filter(Boolean);
  return `${ofHundred(first.first)} of 100 ${users} find a hidden ${event} among its first 20, ${rivals.join(', ')}`;
}

function ofHundred(share: number): number {
  return Math.round(100 * share);
}

/** A text that begins with a capital letter, unless it begins with the id of a run, and ends with a full stop. */
function sentence(text: string): string {
  const begun = /^[a-z]+(-[a-z]+)*-\d{8}-/.test(text) ? text : capital(text);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** A night on the chart: of 100 users, how many find something. */
export interface NightPoint {
  readonly night: Night;
  /** With the model that was live after it; null where that was not measured. */
  readonly live: number | null;
  /** With the new model; null for none. */
  readonly tried: number | null;
  readonly popularity: number | null;
}

/** The nights as points, the oldest first. @param nights - the newest first */
export function nightPoints(nights: readonly Night[]): NightPoint[] {
  const points: NightPoint[] = [];
  for (const night of nights.toReversed()) {
    const { comparison, outcome } = night;
    const base = comparison?.base?.result.hits;
    const popularity = comparison?.popularity?.hits;
    const tried = base?.first ?? popularity?.first ?? null;
    const measured = outcome === 'activated' ? tried : (base?.second ?? null);
    points.push({
      night,
      live: hundred(measured),
      tried: hundred(tried),
      popularity: hundred(popularity?.second ?? null),
    });
  }
  return points;
}

function hundred(share: number | null): number | null {
  return share === null ? null : 100 * share;
}
