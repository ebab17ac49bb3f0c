/** What is said of a store that a copy would overwrite. */
import { expect, it } from 'vitest';
import { whatIsHeld } from './held.js';

const nothing = {
  dataset: null,
  items: 0,
  feedback: 0,
  rules: 0,
  runs: 0,
  measurements: 0,
  documents: 0,
};

it.each([
  [{}, null],
  [{ dataset: 'shop', items: 3 }, 'the data set shop'],
  [{ items: 1, feedback: 4 }, '1 item'],
  [{ items: 2 }, '2 items'],
  [{ feedback: 1, rules: 2 }, '1 feedback event'],
  [{ rules: 2, runs: 1 }, '2 rules'],
  [{ runs: 1, measurements: 2 }, '1 run'],
  [{ measurements: 2, documents: 1 }, '2 measurements'],
  [{ documents: 1 }, '1 document'],
])('%j: %s', async (held, said) => {
  const session = { query: async () => [{ ...nothing, ...held }] };
  expect(await whatIsHeld(session as never)).toBe(said);
});
