/** The page of a report, whole: its words, its numbers and its drawings. */

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { smallStudy } from '../../../test/fixtures/small-study.js';
import { pText } from '../study-tables.js';
import { reportPage } from './report-page.js';

describe('reportPage', () => {
  // After a change that is meant, look at the file in a browser, then `npx vitest run FILE -u`.
  it('is the stored page', async () => {
    const page = reportPage(await smallStudy());
    await expect(page).toMatchFileSnapshot('../../../test/fixtures/report-page.html');
  });

  it('names the best model and its lead', async () => {
    const material = await smallStudy();
    const { document } = parseHTML(reportPage(material));
    const { models, differences } = material.study;
    const mean = (label: string) =>
      models.find((model) => model.label === label)!.metrics['ndcg@10']!.mean;
    const order = models.map(({ label }) => label).sort((a, b) => mean(b) - mean(a));
    const lead = document.querySelector('header')!.textContent!;
    expect(lead).toContain(material.study.verdict!.sentence);
    expect(lead).toContain(material.study.verdict!.note);
    expect(lead).toContain(`Best by NDCG@10 is ${order[0]} with ${shown(mean(order[0]!))}`);
    expect(lead).toContain(
      `The next, ${order[1]}, is ${shown(mean(order[0]!) - mean(order[1]!))} behind`,
    );
    const { pHolm } = differences.find(
      ({ metric, first, second }) =>
        metric === 'ndcg@10' && order.slice(0, 2).sort().join() === [first, second].sort().join(),
    )!;
    expect(lead).toContain(`(p ${pText(pHolm)}, Holm-corrected)`);
  });

  it('has no verdict on a lead where there is one model, and no map without titles', async () => {
    const material = await smallStudy();
    const [only] = material.study.models;
    const page = reportPage({
      ...material,
      study: { ...material.study, models: [only!], differences: [], verdict: null, leftOut: 0 },
      models: material.models.slice(0, 1),
      curves: material.curves.slice(0, 1),
      catalogue: null,
    });
    const { document } = parseHTML(page);
    expect(document.querySelector('.lead')!.textContent).not.toContain('The next');
    expect(document.querySelector('#map')!.textContent).toContain('no titles and genres');
    expect(document.querySelector('#users')!.textContent).toContain('i0');
    expect(document.querySelector('.facts')!.textContent).not.toContain('left out');
    expect(document.querySelector('h1')!.textContent).toBe('films: 1 models, 7 validation users');
  });
});

function shown(value: number): string {
  return value.toFixed(4).replace(/^0/, '');
}
