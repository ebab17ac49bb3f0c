/** What several events of a user on an item say together. */
import { describe, expect, it } from 'vitest';
import { latestOf } from './feedback.js';
import { feedbackRule } from './histories/event-weights.js';

const events = { view: 0.4, buy: 1, nothing: 0 };
const rule = feedbackRule({
  hasRatings: true,
  minWeight: null,
  settings: JSON.stringify({ events }),
});

/** `view`, `buy` and so on for events with a type, `click`, or a rating. */
function latest(words: readonly string[], by = rule): string {
  const rows = words.map((word, n) => {
    const isTyped = !/^\d|click/.test(word);
    return { n, type: isTyped ? word : null, rating: /^\d/.test(word) ? Number(word) : null };
  });
  const [last] = latestOf(rows, () => 'one', by);
  return last === undefined ? 'nothing' : `${last.n} ${last.rating}${last.isLight ? ' light' : ''}`;
}

describe('latestOf', () => {
  it.each([
    ['the last of those without a type', ['5', 'click', '2'], '2 2'],
    ['light, with the last time', ['view', 'view'], '1 null light'],
    ['a click once they weigh enough', ['view', 'view', 'view'], '2 null'],
    ['a click by one that weighs enough', ['buy'], '0 null'],
    ['nothing where a type has no weight', ['nothing', 'other'], 'nothing'],
    ['the rating after which the events are light', ['2', 'view', 'other'], '0 2'],
    ['a click after a rating', ['2', 'buy'], '1 null'],
    ['a rating after a click, which begins anew', ['buy', '2', 'view', 'view'], '1 2'],
    ['a click by what follows a rating', ['2', 'view', 'view', 'view'], '3 null'],
  ])('gives %s', (_, words, said) => {
    expect(latest(words)).toBe(said);
  });

  it('asks for the weight that a click has in the data', () => {
    const heavy = feedbackRule({ ...rule, minWeight: 2, settings: JSON.stringify({ events }) });
    expect(latest(['buy'], heavy)).toBe('0 null light');
    expect(latest(['buy', 'view', 'view', 'view'], heavy)).toBe('3 null');
  });

  it('leaves ratings that say nothing out, typed events beside them or not', () => {
    const noRatings = feedbackRule({
      ...rule,
      hasRatings: false,
      minWeight: null,
      settings: JSON.stringify({ events }),
    });
    expect(latest(['buy', '2', 'view'], noRatings)).toBe('2 null');
    expect(latest(['2', 'view'], noRatings)).toBe('0 2');
  });
});
