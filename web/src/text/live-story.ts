/** Sentences about the lists that were shown, and about the nights. */

import type { Live, Night, Rate } from '../server/live.js';
import { isUnfinished } from './night-story.js';

/** A share as a number of a hundred: `12.3`. */
export function ofHundred(share: number): string {
  return (100 * share).toFixed(share < 0.1 ? 1 : 0);
}

/** A share of a hundred with its interval: `12.3 (11.0 to 13.5)`. */
export function withInterval({ value, low, high }: Rate): string {
  return `${ofHundred(value)} (${ofHundred(low)} to ${ofHundred(high)})`;
}

/** With fewer lists no share is said: it would mean little, and the counts may be seconds older than the clicks. */
const minLists = 100;

/** How many days of lists the page looks at. */
export const liveDays = 30;

/** Whether the lists earn, in one or two sentences. @param nameOf - what a run is called */
export function liveSentence(
  { total, byRun }: Live,
  nameOf: (run: string) => string = (run) => run,
): string {
  const { lists, clickThrough, conversion } = total;
  if (lists === 0 || clickThrough === null || conversion === null) {
    return 'No list was shown in this time.';
  }
  if (lists < minLists) {
    const shown = lists === 1 ? 'One list was' : `${lists} lists were`;
    return `${shown} shown: ${total.clicked} clicked, ${total.converted} with a purchase. That is too few to say how well they do.`;
  }
  const earned = `Of 100 lists that were shown, ${ofHundred(clickThrough.value)} were clicked and ${ofHundred(conversion.value)} led to a purchase.`;
  const [newest, before] = byRun.filter(
    (run) => run.clickThrough !== null && run.lists >= minLists,
  );
  if (newest?.clickThrough == null || before?.clickThrough == null) return earned;
  return `${earned} ${comparison(nameOf(newest.run), newest.clickThrough, nameOf(before.run), before.clickThrough)}`;
}

function comparison(run: string, rate: Rate, other: string, otherRate: Rate): string {
  if (rate.low > otherRate.high)
    return `The lists of ${run} get more clicks than those of ${other}.`;
  if (rate.high < otherRate.low)
    return `The lists of ${run} get fewer clicks than those of ${other}.`;
  return `There is no sure difference between ${run} and ${other} yet.`;
}

/** What happened in the nights, in one or two sentences. */
export function nightsSentence(nights: readonly Night[]): string {
  const count = (outcome: Night['outcome']) =>
    nights.filter((night) => night.outcome === outcome && !isUnfinished(night)).length;
  const times = (n: number) => (n === 1 ? 'once' : `${n} times`);
  const parts = [
    [count('activated'), 'a new model went live'],
    [count('kept'), 'the model before stayed, because the new one was not good enough'],
    [count('nothing new'), 'there was nothing new'],
    [count('failed'), 'the night failed and nothing changed'],
    [nights.filter(isUnfinished).length, 'the night is not over, or was stopped'],
  ] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, what]) => `${times(n)} ${what}`);
  const nightsSaid = nights.length === 1 ? 'One night' : `${nights.length} nights`;
  return `${nightsSaid}: ${told.join('; ')}.`;
}
