/** `multvae compare` and `multvae report`. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCommand } from '../../src/cli/commands/compare.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { reportCommand } from '../../src/cli/commands/report.js';
import type { ModelConfig } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { importRatings } from '../../src/data/import.js';
import { openStore } from '../../src/data/store/open.js';
import { ArgumentError, RunError } from '../../src/errors.js';
import type { Study } from '../../src/eval/study.js';
import { verdictOnPair, verdictsOnRuns } from '../../src/home/comparison/verdicts.js';
import type { ProtocolOptions } from '../../src/home/split/protocol-options.js';
import { trainRun } from '../../src/home/training.js';
import { EvaluationStore } from '../../src/runs/evaluations.js';
import { RunStore } from '../../src/runs/store.js';
import { findBrowser } from '../fixtures/browser.js';
import { runCommand } from '../fixtures/command.js';

let folder: string;
let home: string;
let runs: string[];
let otherClicks: string;

async function train(config: ModelConfig, options: ProtocolOptions): Promise<string> {
  const protocol = { ...paperProtocol, threshold: paperProtocol.ratingThreshold, ...options };
  const job = { home, command: ['train', '--seed', '<1>'], config, protocol };
  return (await trainRun(job)).runId;
}

/** The output of a command. */
async function run(command: () => Command, words: readonly string[]): Promise<string> {
  return (await runCommand(command(), [...words, '--home', home])).out;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-reports-'));
  home = join(folder, 'home');
  await importRatings(home, fileURLToPath(new URL('../../datasets/sample', import.meta.url)));
  const vae = { hiddenDims: [16], latentDim: 6, epochs: 4, batchSize: 100, learningRate: 0.005 };
  runs = [
    await train(parseConfig('mult-vae', vae), { heldoutUsers: 100 }),
    await train(parseConfig('mult-vae', { ...vae, likelihood: 'gaussian' }), { heldoutUsers: 100 }),
  ];
  otherClicks = await train(parseConfig('popularity'), { heldoutUsers: 90, threshold: 4 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('multvae compare', () => {
  it('reports every model, metric, pair and group, with the same bytes each time', async () => {
    const first = join(folder, 'a.json');
    const second = join(folder, 'b.json');
    const words = [...runs, '--split', 'validation', '--k', '5,10'];
    const out = await run(compareCommand, [...words, '--json', first]);
    expect(await run(compareCommand, [...words, '--json', second])).toBe(out);
    expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
    expect(out).toMatch(/^.* of the 100 users measured find a hidden film among the first 5; /);
    expect(out).toContain('\nsample, 100 validation users');
    expect(out).toContain('Not known from this');
    for (const part of ['ndcg@10', 'coverage@5', 'genre-diversity@10', 'least active', 'tail']) {
      expect(out).toContain(part);
    }
    const study: Study = JSON.parse(readFileSync(first, 'utf8'));
    expect(study.models.map(({ label }) => label)).toEqual([
      'mult-vae, likelihood multinomial',
      'mult-vae, likelihood gaussian',
      'popularity',
    ]);
    for (const { metrics } of study.models) {
      for (const { mean, low, high } of Object.values(metrics)) {
        expect(mean).toBeGreaterThanOrEqual(low);
        expect(mean).toBeLessThanOrEqual(high);
      }
    }
    expect(study.differences).toHaveLength(3 * 14);
    const { mean } = study.models[0]!.metrics['ndcg@10']!;
    const other = study.models[2]!.metrics['ndcg@10']!.mean;
    const found = study.differences.find(
      (d) =>
        d.metric === 'ndcg@10' && d.first === study.models[0]!.label && d.second === 'popularity',
    )!;
    expect(found.difference).toBeCloseTo(mean - other, 12);
    expect(study).toMatchObject({ dataName: 'sample', users: 100, seed: 1, resamples: 10_000 });
  });

  it('keeps what it found of each pair, and says it in the words of the home', async () => {
    const [first = '', second = ''] = runs;
    const store = await openStore({ folder: home, store: null });
    try {
      const source = { store, runs: new RunStore(home), evaluations: new EvaluationStore(home) };
      expect(await verdictOnPair(source, [first, otherClicks])).toBeNull();
      await run(compareCommand, [first, second, '--k', '20']);
      const found = await verdictOnPair(source, [second, first]);
      expect(found).toMatchObject({ split: 'test', users: 100 });
      expect([found!.run, found!.against].toSorted()).toEqual([first, second].toSorted());
      expect(found!.sentence).toContain(`With ${found!.run}, `);
      expect(found!.sentence).toContain('find a hidden film among the first 20');
      expect(await verdictsOnRuns(source)).toEqual([]);
      await run(evaluateCommand, [first, '--k', '20']);
      const [verdict, ...others] = await verdictsOnRuns(source);
      expect(others).toEqual([]);
      expect(verdict).toMatchObject({ run: first, against: 'popularity', split: 'test' });
      expect(verdict!.sentence).toMatch(
        /popularity manages (\d+|as many); (the difference|they are the same)/,
      );
    } finally {
      await store.close();
    }
  });

  it('refuses other clicks, a run that is named twice, and an unknown run', async () => {
    const refused = (...words: string[]) => run(compareCommand, words);
    await expect(refused(runs[0]!, otherClicks)).rejects.toThrow(RunError);
    await expect(refused(runs[0]!, otherClicks)).rejects.toThrow(
      /ratingThreshold is 3.5 .* and 4 in the other, and other ratings are clicks/,
    );
    await expect(refused(runs[0]!, runs[0]!)).rejects.toThrow(ArgumentError);
    await expect(refused('mult-vae-20200101-000000-0000')).rejects.toThrow(/there is no run/);
  });
});

describe('multvae report', () => {
  let path: string;
  let page: string;
  beforeAll(async () => {
    path = join(folder, 'report.html');
    await run(reportCommand, [...runs, '-o', path]);
    page = readFileSync(path, 'utf8');
  });

  it('is one file without scripts and without other files, with the same bytes each time', async () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\ssrc=/i);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('NaN');
    const again = join(folder, 'again.html');
    await run(reportCommand, [...runs, '-o', again]);
    expect(readFileSync(again, 'utf8') === page).toBe(true);
  });

  it('shows the runs and their data, and escapes their text', () => {
    for (const id of runs) expect(page).toContain(id);
    expect(page).toContain('multvae train --seed &lt;1&gt;');
    expect(page).toMatch(/SHA-256 <code>[0-9a-f]{64}<\/code>/);
    expect(page).toContain('seed 98765');
    expect(page).toContain('Without item vectors, and so without a map: popularity.');
    expect(page.match(/<article /g)).toHaveLength(10);
    expect(page.match(/<svg role="img" aria-label="[^"]+"/g)!.length).toBeGreaterThan(10);
  });

  it.each([
    ['a folder that is not there', join('none', 'report.html'), /there is no folder .*none/],
    ['a folder', '.', /is a folder/],
  ])('refuses %s before it measures anything', async (_, path, reason) => {
    const answer = run(reportCommand, ['no-such-run', '-o', join(folder, path)]);
    await expect(answer).rejects.toThrow(/--output: cannot write the file/);
    await expect(answer).rejects.toThrow(reason);
  });

  describe('in Chromium', () => {
    const launch = findBrowser();
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await launch?.();
    });
    afterAll(() => browser?.close());
    const axe = createRequire(import.meta.url).resolve('axe-core');
    it.skipIf(launch === null).each([
      ['light', 1200],
      ['dark', 1200],
      ['light', 380],
    ] as const)('reads well in Chromium: %s, %i pixels wide', async (colorScheme, width) => {
      const viewport = { width, height: 900 };
      const context = await browser!.newContext({ colorScheme, viewport, offline: true });
      const window = await context.newPage();
      const requests: string[] = [];
      const problems: string[] = [];
      window.on('request', (request) => requests.push(request.url()));
      window.on('console', (message) => problems.push(message.text()));
      window.on('pageerror', (error) => problems.push(error.message));
      await window.goto(pathToFileURL(path).href);
      expect(requests).toEqual([pathToFileURL(path).href]);
      const seen = await window.evaluate<{
        width: number;
        page: string;
        low: number;
        text: number;
      }>(`({
        width: document.documentElement.scrollWidth,
        page: getComputedStyle(document.body).backgroundColor,
        low: [...document.querySelectorAll('svg[role]')].filter((svg) => svg.getBoundingClientRect().height < 100).length,
        text: document.querySelectorAll('svg[role] text').length,
      })`);
      expect(seen.width).toBeLessThanOrEqual(width);
      expect(seen.page).toBe(colorScheme === 'dark' ? 'rgb(21, 23, 27)' : 'rgb(255, 255, 255)');
      expect(seen.low).toBe(0);
      expect(seen.text).toBeGreaterThan(50);
      await window.addScriptTag({ path: axe });
      const violations = await window.evaluate<string[]>(`axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        // Colours do not depend on the width, and are slow to check.
        rules: { 'color-contrast': { enabled: ${width > 380} } },
      }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`);
      expect(violations).toEqual([]);
      expect(problems).toEqual([]);
      if (width === 1200 && colorScheme === 'light') {
        const pdf = await window.pdf({ format: 'A4' });
        expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      }
      await context.close();
    });
  });
});
