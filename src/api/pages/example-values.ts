/** Values that the examples of several routes share, from the synthetic sample. */

export const run = 'mult-vae-20261128-064313-e7d7';
export const other = 'ease-20261128-064312-9c95';
export const recommendationId = '01a220e4-e4ed-8075-b819-eb5ab87750bc';

export const film = {
  itemId: '279',
  title: 'The Archive of the Delta (2001)',
  genres: ['Documentary', 'Film-Noir'],
  year: 2001,
};
export const shown = {
  ...film,
  clicks: 209,
  inModel: true,
  available: true,
  addedAt: 1795848191.082,
};
export const ranked = {
  itemId: '351',
  rank: 1,
  score: 2.526,
  title: 'Winter Promise (2012)',
  genres: ['Drama'],
  year: 2012,
};
export const lamp = {
  itemId: 'lamp-1',
  title: 'Desk lamp',
  genres: ['Light'],
  year: null,
  clicks: 0,
  inModel: false,
  available: true,
  addedAt: 1795848201.496,
};
export const rule = {
  id: '1',
  kind: 'boost',
  name: 'comedies in May',
  genre: ['Comedy'],
  by: 0.5,
  inForce: true,
};
export const pin = { id: '1', kind: 'pin', items: ['279'], place: 1, inForce: true };
export const described = {
  run,
  name: null,
  note: null,
  active: true,
  problem: null,
  model: 'mult-vae',
  createdAt: '2026-11-28T06:43:16.416Z',
  dataName: 'sample',
  protocolName: 'users',
  metrics: { 'ndcg@100': 0.3538, 'recall@20': 0.3351 },
  items: 500,
  users: 800,
  backend: 'native multvae 0.1.0',
  durationS: 2.7,
  remark: null,
};
export const verdict = {
  run,
  against: 'popularity',
  split: 'test',
  users: 100,
  outcome: 'better',
  certainty: 'certain',
  sentence:
    '80 of the 100 users measured find a hidden film among the first 20; popularity manages 62; the difference is certain.',
  note: '“Certain” means: if both were equally good, chance would give such a difference in fewer than 1 of 100 choices of users.',
};
const rate = { value: 0.12, low: 0.104, high: 0.138 };
const bought = { value: 0.02, low: 0.014, high: 0.029 };
export const lists = {
  lists: 1400,
  clicked: 168,
  clickThrough: rate,
  converted: 28,
  conversion: bought,
};
export const answers = {
  ...lists,
  empty: 0,
  popularity: { value: 0.05, low: 0.04, high: 0.063 },
  latencyMs: { median: 1.2, p95: 3.4, p99: 8.1 },
};

export const epoch = {
  epoch: 1,
  updates: 16,
  loss: 176.9,
  nll: 176.9,
  kl: 0.42,
  beta: 0.006,
  ndcg100: 0.145,
  usersPerS: 7247,
  elapsedS: 0.12,
};
