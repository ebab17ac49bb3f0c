/**
 * An example of each route: a request, and its answer from the synthetic sample, shortened.
 *
 * A test demands one of every route, and checks it against the route's schemas.
 */

import {
  answers,
  described,
  epoch,
  film,
  lamp,
  lists,
  other,
  pin,
  ranked,
  recommendationId,
  rule,
  run,
  shown,
  verdict,
} from './example-values.js';

/** A request and its answer. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default: 200. */
  readonly status?: number;
  /** A JSON value, or the beginning of another text; absent for an answer without a body. */
  readonly answer?: unknown;
}

/** By method and path, as routes write them. */
export const examples: Readonly<Record<string, Example>> = {
  'get /recommend/:userId': {
    params: { userId: '1' },
    query: { n: '1' },
    answer: {
      userId: '1',
      source: 'model',
      modelVersion: run,
      recommendationId,
      offset: 0,
      items: [ranked],
    },
  },
  'post /recommend': {
    body: { items: ['279', '12'], n: 1 },
    answer: {
      source: 'model',
      modelVersion: run,
      recommendationId,
      offset: 0,
      items: [ranked],
      unknownItems: [],
    },
  },
  'get /items': {
    query: { query: 'archive', n: '1' },
    answer: { query: 'archive', items: [shown] },
  },
  'get /items/:itemId': { params: { itemId: '279' }, answer: { ...shown, fields: {} } },
  'put /items/:itemId': {
    params: { itemId: 'lamp-1' },
    body: { title: 'Desk lamp', genres: ['Light'], price: 29.9 },
    status: 201,
    answer: { ...lamp, fields: { price: 29.9 } },
  },
  'patch /items/:itemId': {
    params: { itemId: 'lamp-1' },
    body: { price: 24.9 },
    answer: { ...lamp, fields: { price: 24.9 } },
  },
  'delete /items/:itemId': { params: { itemId: 'lamp-1' }, status: 204 },
  'post /items': {
    query: { merge: 'true' },
    body: [
      { itemId: 'lamp-1', price: 24.9 },
      { itemId: 'lamp-2', title: 'Floor lamp' },
    ],
    answer: { created: 1, changed: 0, unchanged: 1 },
  },
  'get /items/:itemId/users': {
    params: { itemId: '279' },
    query: { n: '1' },
    answer: {
      itemId: '279',
      users: [{ userId: '128', rating: 5, timestamp: 1429882827, clicks: 35 }],
    },
  },
  'get /similar/:itemId': {
    params: { itemId: '279' },
    query: { n: '1' },
    answer: { itemId: '279', modelVersion: run, items: [{ ...ranked, score: 0.329 }] },
  },
  'get /genres': { answer: { genres: [{ genre: 'Action', items: 60 }] } },
  'get /home': {
    answer: {
      words: {
        item: 'film',
        items: 'films',
        user: 'user',
        users: 'users',
        event: 'rating',
        events: 'ratings',
        category: 'genre',
        categories: 'genres',
      },
      fields: [{ name: 'price', type: 'number' }],
      hasYears: true,
      imageHosts: [],
    },
  },
  'get /live': {
    query: { days: '7' },
    answer: {
      from: '2026-11-22',
      to: '2026-11-28',
      clickTypes: ['view', 'click', 'cart', 'purchase'],
      conversionTypes: ['purchase'],
      total: answers,
      byRun: [{ run, ...answers }],
      bySource: [{ source: 'model', ...lists }],
      byDay: [{ day: '2026-11-28', ...answers }],
      byPlace: [{ place: 1, ...lists }],
      unknownLists: 0,
    },
  },
  'get /nights': {
    answer: {
      nights: [
        {
          startedAt: '2026-11-28T03:00:00.000Z',
          endedAt: '2026-11-28T03:04:10.000Z',
          rows: 1204,
          users: 31,
          items: 4,
          catalogue: { created: 2, changed: 1 },
          run,
          base: null,
          outcome: 'activated',
          reason: 'no run was active',
          comparison: null,
          setting: null,
          dataHash: null,
          pruned: 0,
        },
      ],
    },
  },
  'get /rules': { answer: { rules: [rule] } },
  'post /rules': {
    body: { kind: 'boost', genre: ['Comedy'], by: 0.5, name: 'comedies in May' },
    status: 201,
    answer: rule,
  },
  'get /rules/:id': { params: { id: '1' }, answer: rule },
  'put /rules/:id': {
    params: { id: '1' },
    body: { kind: 'pin', items: ['279'], place: 1 },
    answer: pin,
  },
  'patch /rules/:id': { params: { id: '1' }, body: { place: 2 }, answer: { ...pin, place: 2 } },
  'delete /rules/:id': { params: { id: '1' }, status: 204 },
  'get /users': {
    query: { query: '1', n: '2' },
    answer: {
      users: [
        { userId: '1', ratings: 53 },
        { userId: '10', ratings: 28 },
      ],
    },
  },
  'get /users/:userId': {
    params: { userId: '1' },
    answer: {
      userId: '1',
      modelVersion: run,
      latent: { dimensions: 2, mean: [-0.137, 0.512], spread: [0.664, 0.577] },
      scale: { low: 0.5, high: 5 },
      history: [{ ...film, rating: 5, timestamp: 1429882827, source: 'import', inModel: true }],
    },
  },
  'get /users/:userId/anomaly': {
    params: { userId: '1' },
    answer: {
      userId: '1',
      modelVersion: run,
      score: 1.22,
      natsPerClick: 6.23,
      usual: 6.04,
      spread: 0.16,
      elbo: -124.6,
      nll: 110.9,
      kl: 13.7,
      clicks: 20,
      trained: true,
      items: 500,
      leastExpected: [{ ...film, rank: 400 }],
    },
  },
  'get /verdicts': { answer: { verdicts: [verdict] } },
  'get /verdicts/:first/:second': {
    params: { first: run, second: other },
    answer: { verdict: null },
  },
  'get /models': { answer: { active: run, models: [described] } },
  'get /models/:run': {
    params: { run },
    answer: {
      ...described,
      config: { model: 'mult-vae', latentDim: 64, seed: 1 },
      protocol: { ratingThreshold: 3.5, minClicks: 5, heldoutUsers: 100, splitSeed: 98765 },
      lineage: { dataHash: 'aa22f12c…', command: ['train', '--model', 'mult-vae'] },
      log: [epoch],
      evaluation: { validation: null, test: null },
    },
  },
  'patch /models/:run': {
    params: { run },
    body: { name: 'Spring', note: 'after the sale' },
    answer: { run, name: 'Spring', note: 'after the sale' },
  },
  'get /models/:run/map': {
    params: { run },
    query: { items: '1' },
    answer: {
      modelVersion: run,
      method: 'pca',
      isComputing: true,
      items: [
        {
          itemId: '279',
          title: film.title,
          genre: 'Documentary',
          year: 2001,
          x: -0.558,
          y: -0.238,
          clicks: 209,
        },
      ],
    },
  },
  'get /models/:run/report': { params: { run }, answer: '<!doctype html>…' },
  'get /models/:run/report/state': {
    params: { run },
    answer: { run, state: 'made', hasPage: true, since: null, text: null },
  },
  'post /models/:run/report': {
    params: { run },
    status: 202,
    answer: {
      run,
      state: 'making',
      hasPage: false,
      since: '2026-11-28T06:50:56.503Z',
      text: 'starting',
    },
  },
  'post /models/:run/activate': {
    params: { run },
    answer: { active: run, previous: other },
  },
  'post /models/rollback': { answer: { active: other, previous: run } },
  'post /feedback': {
    body: { key: 'order-1017-1', userId: '1', itemId: '279', type: 'purchase' },
    status: 201,
    answer: {
      stored: 1,
      repeated: 0,
      events: [{ key: 'order-1017-1', status: 'stored', inModel: true, counts: false }],
    },
  },
  'delete /feedback/:key': { params: { key: 'order-1017-1' }, status: 204 },
  'delete /users/:userId': {
    params: { userId: '1' },
    answer: { userId: '1', ratings: 53, feedback: 0 },
  },
  'get /metrics': {
    answer: '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 2.28538\n…',
  },
  'get /health/live': { answer: { status: 'live' } },
  'get /health/ready': { answer: { status: 'ready', modelVersion: run } },
  'get /openapi.json': { answer: { openapi: '3.1.0' } },
  'get /docs/try.js': { answer: "'use strict';…" },
  'get /docs': { answer: '<!doctype html>…' },
};
