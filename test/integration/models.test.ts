/** Every model from training to serving. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/backend/engine.js';
import { openEngine, surveyBackends } from '../../src/backend/select.js';
import { type ModelName, modelNames } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { importRatings } from '../../src/data/import.js';
import { evaluateRun } from '../../src/home/evaluation.js';
import { findCheckpoint } from '../../src/home/runs.js';
import { openServing } from '../../src/home/serving.js';
import { resumeRun, trainRun } from '../../src/home/training.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { RunStore } from '../../src/runs/store.js';
import { checkerboard } from '../fixtures/checkerboard.js';

const small = { epochs: 12, batchSize: 20, learningRate: 0.02, seed: 3 };
const configs: Record<ModelName, Record<string, unknown>> = {
  popularity: {},
  'item-knn': { neighbours: 10, shrinkage: 1 },
  ease: { lambda: 20 },
  'sparse-ease': { lambda: 20, neighbours: 12 },
  elsa: { ...small, latentDim: 8 },
  'kernel-ae': { lambda: 0.2 },
  'mult-vae': { ...small, hiddenDims: [16], latentDim: 4 },
  'mult-dae': { ...small, latentDim: 8 },
  'rec-vae': { ...small, hiddenDim: 16, latentDim: 8, epochs: 8 },
  ensemble: {
    members: [
      { weight: 0.3, config: { model: 'ease', lambda: 20 } },
      { weight: 0.3, config: { model: 'mult-dae', ...small, latentDim: 8 } },
      {
        weight: 0.4,
        config: { model: 'rec-vae', ...small, hiddenDim: 8, latentDim: 4, epochs: 3 },
      },
    ],
  },
};

const items = 30;
const { ratingThreshold: threshold, ...rest } = paperProtocol;
const protocol = { ...rest, threshold };
let folder: string;
let home: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-models-'));
  home = join(folder, 'home');
  const clicks = checkerboard(150, items, 8, 1);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < 150; u++) {
    for (const item of clicks.row(u)) lines.push(`${u + 1},${item},5`);
  }
  const path = join(folder, 'ratings.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  await importRatings(home, path);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A deterministic backend; the contract suites cover the others. */
const native = (await surveyBackends()).find(({ name }) => name === 'native');
const backend: BackendName = native?.found ? 'native' : 'wasm';

function job(name: ModelName) {
  const config = parseConfig(name, configs[name]);
  return { home, command: ['train', '--model', name], config, protocol, backend };
}

describe.each(modelNames)(`%s on ${backend}`, (name) => {
  it('is trained, published, evaluated and served to users outside the training data', async () => {
    const { runId } = await trainRun(job(name));
    const store = new RunStore(home);
    store.activate(runId);
    const run = store.load(runId);
    expect(run.config).toEqual(parseConfig(name, configs[name]));
    const { report } = await evaluateRun(home, run, { split: 'test', ks: [20], backend });
    expect(report.models[0]).toMatchObject({ model: name, run: runId });
    const opened = await openServing(home, { backend });
    const options = { n: 5, excludeSeen: true, fallback: 'none' } as const;
    const user = run.split.test.users[0]!;
    const { items } = await opened.models.withModel(undefined, (model) =>
      opened.recommendationsOf(model).recommend(user, options),
    );
    expect(items).toHaveLength(5);
    await opened.close();
    const model = await loadRecommender(run, () => openEngine(backend));
    const { foldIn, users } = run.split.test;
    const { items: ranked } = await model.topN(foldIn, 5, foldIn);
    const colours = run.vocabulary.items.map((id) => Number(id) % 2);
    const own = foldIn.select(users.map((_, u) => u));
    const right = users.map((_, u) =>
      Array.from(ranked.subarray(5 * u, 5 * u + 5)).filter(
        (item) => colours[item] === colours[own.row(u)[0]!],
      ),
    );
    model.dispose();
    const accuracy = right.flat().length / ranked.length;
    if (name === 'popularity') expect(accuracy).toBeLessThan(0.7);
    else expect(accuracy).toBeGreaterThan(0.9);
  });

  it('gives the same run when it is stopped and resumed', async () => {
    const store = new RunStore(home);
    const { runId } = await trainRun(job(name));
    const whole = store.load(runId);
    const controller = new AbortController();
    let steps = 0;
    const stopAt = name === 'ensemble' ? 100 : 17;
    const stopped = trainRun({
      ...job(name),
      signal: controller.signal,
      onStep: () => {
        if (++steps === stopAt) controller.abort(new Error('stop'));
      },
    });
    const result = await stopped.catch(async (error: Error) => {
      expect(error.message).toBe('stop');
      const found = await findCheckpoint(home);
      return resumeRun({ home, command: ['train', '--resume'], ...found });
    });
    const again = store.load(result.runId);
    expect(again.weights).toEqual(whole.weights);
    expect(again.metrics).toEqual(whole.metrics);
    expect(store.pending()).toEqual([]);
    const hasSteps = 'epochs' in whole.config || name === 'ensemble';
    expect(steps > 0).toBe(hasSteps);
  });
});
