/** The store of evaluation reports. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunError, UnknownRunError } from '../errors.js';
import { EvaluationStore } from './evaluations.js';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-evaluations-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const metrics = { 'ndcg@100': { mean: 0.4, se: Number.NaN } };
const report = {
  split: 'test',
  users: 8,
  leftOut: 1,
  models: [{ model: 'ease', run: 'ease-1', metrics }],
};

describe('EvaluationStore', () => {
  it('gives back what was stored, with NaN as null, and null for anything else', () => {
    const store = new EvaluationStore(home);
    expect(store.measurement('ease-1', 'test')).toBeNull();
    expect(store.page('ease-1')).toBeNull();
    store.keep('ease-1', 'test', report);
    store.keepPage('ease-1', '<p>');
    const kept = structuredClone(report) as unknown as { models: { metrics: object }[] };
    kept.models[0]!.metrics = { 'ndcg@100': { mean: 0.4, se: null } };
    expect(store.measurement('ease-1', 'test')).toEqual(kept);
    expect(store.measurement('ease-1', 'validation')).toBeNull();
    expect(store.page('ease-1')).toBe('<p>');
  });

  it('deletes all that it holds of a run, and nothing of another', () => {
    const store = new EvaluationStore(home);
    for (const run of ['ease-3', 'ease-3-test']) {
      store.keep(run, 'test', report);
      store.keep(run, 'validation', report);
      store.keepPage(run, '<p>');
      store.keepMap(run, { format: 1, x: [0.5], y: [-1] });
    }
    store.remove('ease-3');
    store.remove('ease-3');
    const names = readdirSync(store.folder).sort();
    expect(names.filter((name) => name.startsWith('ease-3'))).toEqual([
      'ease-3-test-map.json',
      'ease-3-test-test.json',
      'ease-3-test-validation.json',
      'ease-3-test.html',
    ]);
  });

  it('gives back a map of items, and names one that is damaged', () => {
    const store = new EvaluationStore(home);
    const map = { format: 1, x: [0.5, -0.25], y: [-1, 1] } as const;
    expect(store.map('ease-4')).toBeNull();
    store.keepMap('ease-4', { ...map, x: [...map.x], y: [...map.y] });
    expect(store.map('ease-4')).toEqual(map);
    writeFileSync(join(store.folder, 'ease-4-map.json'), '{"format":1,"x":[1],"y":[]}');
    expect(() => store.map('ease-4')).toThrow(/ease-4-map\.json.*different lengths/);
  });

  it('names the damaged file, and refuses ids that are not run ids', () => {
    const store = new EvaluationStore(home);
    writeFileSync(join(store.folder, 'ease-2-test.json'), '{"split":"test"}');
    expect(() => store.measurement('ease-2', 'test')).toThrow(RunError);
    expect(() => store.measurement('ease-2', 'test')).toThrow(/ease-2-test\.json, field users/);
    expect(() => store.page('../runs/active')).toThrow(UnknownRunError);
  });
});
