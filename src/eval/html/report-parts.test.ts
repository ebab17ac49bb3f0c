/** Parts of a report page where the small study has no such case: many users, many models, long histories. */

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { smallStudy } from '../../../test/fixtures/small-study.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { UserId } from '../../data/ids.js';
import type { MetricKey } from '../metrics.js';
import type { StudiedModel } from '../study.js';
import { ink, modelMark } from './palette.js';
import { reportPage } from './report-page.js';
import { headlineMetrics, interval, metricsTable, runTable, signed } from './tables.js';
import { decimal, itemNames, userCards } from './users.js';

const page = (text: string) => parseHTML(`<body>${text}</body>`).document;
const texts = (root: ReturnType<typeof page>, selector: string) =>
  Array.from(root.querySelectorAll(selector), ({ textContent }) => textContent);

describe('numbers', () => {
  it('have four places, and a 0 before the point only after another digit', () => {
    expect([0, 0.25, 1, 10.25, -0.5, -10.5].map(decimal)).toEqual([
      '.0000',
      '.2500',
      '1.0000',
      '10.2500',
      '-.5000',
      '-10.5000',
    ]);
    expect([0, 0.25, -0.25, -1.5].map(signed)).toEqual(['+.0000', '+.2500', '−.2500', '−1.5000']);
    expect(interval({ low: -0.5, high: 1 })).toBe('[-.5000, 1.0000]');
  });
});

describe('the headline metrics', () => {
  it.each<[MetricKey[], MetricKey[]]>([
    [
      ['recall@50', 'ndcg@9', 'recall@100', 'hit@200', 'ndcg@100', 'recall@9'],
      ['ndcg@100', 'recall@9', 'recall@50'],
    ],
    [
      ['precision@5', 'ndcg@5', 'recall@5'],
      ['ndcg@5', 'recall@5'],
    ],
  ])('of %j are %j', (keys, expected) => {
    expect(headlineMetrics(keys)).toEqual(expected);
  });
});

describe('the look of models', () => {
  it('differs for 32 models in colour or dash, and has a letter or a number', () => {
    const looks = Array.from({ length: 32 }, (_, n) => ink(n));
    expect(new Set(looks.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(32);
    expect(looks.slice(0, 8).map(({ color }) => color)).toEqual(
      Array.from({ length: 8 }, (_, n) => `var(--ink-${n})`),
    );
    expect(looks[9]).toMatchObject({ color: 'var(--ink-1)', symbol: looks[1]!.symbol });
    expect([0, 1, 25, 26, 27].map(modelMark)).toEqual(['A', 'B', 'Z', '27', '28']);
  });
});

describe('the runs', () => {
  it('name the epoch that was kept: the first of the best ones', async () => {
    const { models } = await smallStudy();
    const [model] = models;
    const log = [0.1, 0.3, 0.3, 0.2].map((ndcg100, e) => ({
      ...model!.run!.log[0]!,
      epoch: e + 1,
      ndcg100,
    }));
    const cells = (run: StudiedModel['run']) =>
      texts(page(runTable([{ ...model!, run }]).text), 'td').slice(2, 6);
    const { run } = model!;
    expect(cells({ ...run!, log })).toEqual(['3', '4', '2', '2026-01-02, 13 s']);
    expect(cells({ ...run!, log: [] })).toEqual(['3', '', '', '2026-01-02, 13 s']);
    const lineage = { ...run!.lineage, seed: null };
    expect(cells({ ...run!, lineage })[0]).toBe('none');
  });

  it('have their best values in bold, equal ones too', async () => {
    const { study } = await smallStudy();
    const [a, b, c] = study.models;
    const models = [a!, { ...b!, metrics: a!.metrics }, c!].slice(0, 2);
    const document = page(metricsTable({ ...study, models }).text);
    expect(texts(document, 'b')).toHaveLength(2 * Object.keys(a!.metrics).length);
  });
});

describe('the lead', () => {
  it('is the same in whatever order the models are', async () => {
    const material = await smallStudy();
    const { study } = material;
    const { models } = study;
    const lead = (pHolm: number, order: 'given' | 'reversed') => {
      const differences = study.differences.map((d) => {
        const { first, second, difference, low, high } = d;
        if (order === 'given') return { ...d, pHolm };
        const turned = { difference: -difference, low: -high, high: -low };
        return { ...d, ...turned, first: second, second: first, pHolm };
      });
      const ordered = order === 'given' ? models : models.toReversed();
      const text = reportPage({ ...material, study: { ...study, models: ordered, differences } });
      return page(text).querySelector('header')!.textContent!;
    };
    const paragraphs = (text: string) => text.slice(text.indexOf('Best by'));
    const first = paragraphs(lead(0.0499, 'given'));
    expect(first).toContain('behind (p .0499, Holm-corrected)');
    expect(first.split('Holm-corrected')[0]).toBe(
      paragraphs(lead(0.0499, 'reversed')).split('Holm-corrected')[0],
    );
  });
});

describe('the users', () => {
  const items = 40;
  const names = itemNames(
    Array.from({ length: items }, (_, item) => `i${item}`),
    null,
  );
  const all = Array.from({ length: items }, (_, item) => item);

  /** Each user saw `clicks` items from the front, hides 14 from item 20 on, and gets `depth` items from 30 on. */
  function cards(count: number, { clicks = 3, depth = 12 } = {}) {
    const rows = (list: number[]) =>
      ClickMatrix.fromRows(
        items,
        Array.from({ length: count }, () => list),
      );
    const heldOutUsers = {
      users: Array.from({ length: count }, (_, u) => `u${u}` as UserId),
      foldIn: rows(all.slice(0, clicks)),
      heldOut: rows(all.slice(20, 34)),
    };
    // The last user is served worst. The smaller cutoff says the opposite.
    const worse = Float64Array.from({ length: count }, (_, u) => 1 - u / count);
    const list = all.slice(30).concat(-1, -1).slice(0, depth);
    const evaluation = {
      users: count,
      leftOut: 0,
      metrics: {},
      perUser: {
        users: heldOutUsers.users,
        heldOutCounts: new Int32Array(count).fill(14),
        metrics: { 'ndcg@5': worse.toReversed(), 'ndcg@10': worse, 'recall@10': worse },
      },
      rankings: {
        rows: Int32Array.from({ length: count }, (_, u) => u),
        depth,
        items: Int32Array.from(Array.from({ length: count }, () => list).flat()),
      },
    };
    const model: StudiedModel = { label: 'm', model: 'popularity', run: null, evaluation };
    return page(userCards([model], heldOutUsers, names).text);
  }

  it('are ten at equal distances, from the worst served to the best', () => {
    const shown = texts(cards(40), 'h3');
    expect(shown).toEqual([37, 33, 29, 25, 21, 17, 13, 9, 5, 1].map((u) => `User u${u}`));
    expect(texts(cards(3), 'h3')).toEqual(['User u2', 'User u1', 'User u0']);
  });

  it('show the last clicks, the hidden items that were ranked best, and the hits', () => {
    const document = cards(1, { clicks: 13 });
    const [history, hidden, best] = texts(document, 'h4');
    expect(history).toBe('History 13 clicks, the last 12');
    expect(hidden).toBe('Hidden 14, the 12 that A ranked best');
    expect(best).toBe('Recommended by A');
    expect(document.querySelector('article p:not(.scores)')!.textContent).toBe(
      names.slice(1, 13).join(' · '),
    );
    expect(texts(document, 'tbody th')).toEqual(
      [30, 31, 32, 33, 20, 21, 22, 23, 24, 25, 26, 27].map((item) => `i${item}`),
    );
    expect(texts(document, 'tbody td').slice(0, 5)).toEqual(['1', '2', '3', '4', '–']);
    expect(texts(document, 'li').slice(-10)).toEqual(
      all.slice(30).map((item) => `i${item}${item < 34 ? ' ✓' : ''}`),
    );
    expect(document.querySelectorAll('li.hit')).toHaveLength(4);
    expect(texts(cards(1, { clicks: 12 }), 'h4')[0]).toBe('History 12 clicks');
  });
});
