/** Served models: activation, loading and failures. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../config/parse.js';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId } from '../data/ids.js';
import { RunError, UnavailableError, UnknownRunError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { RunStore } from '../runs/store.js';
import { HomeModels, type ServedModel } from './served-models.js';

let home: string;
let store: RunStore;
let models: HomeModels;
/** Runs whose model is loaded, in the order of loading. */
let loaded: string[];
let problems: string[];

const nobody = {
  users: [],
  foldIn: ClickMatrix.fromRows(2, []),
  heldOut: ClickMatrix.fromRows(2, []),
};

function publish(name: string): string {
  const id = `popularity-${name}`;
  store.publish(id, {
    config: parseConfig('popularity'),
    protocol: { ...paperProtocol, heldoutUsers: 1 },
    weights: {},
    vocabulary: { items: ['a', 'b'] as ItemId[], trainClicks: Int32Array.of(1, 2) },
    split: { validation: nobody, test: nobody },
    metrics: {},
    log: [],
    lineage: {
      dataHash: '',
      dataName: '',
      packageVersion: '0',
      nodeVersion: 'v20',
      backend: 'none',
      seed: 1,
      durationS: 1,
      createdAt: new Date(0).toISOString(),
      command: ['train'],
    },
  });
  return id;
}

class Watched extends Popularity {
  readonly id: string;

  constructor(id: string, clicks: Int32Array) {
    super(clicks);
    this.id = id;
    loaded.push(id);
  }

  override async score(rows: ClickMatrix): Promise<Float32Array> {
    const scores = await super.score(rows);
    return this.id.endsWith('nan') ? scores.fill(Number.NaN) : scores;
  }

  override dispose(): void {
    loaded = loaded.filter((id) => id !== this.id);
  }
}

const open = vi.fn(async (id: string): Promise<ServedModel> => {
  const { weights, ...run } = store.load(id);
  return { run, recommender: new Watched(id, run.vocabulary.trainClicks) };
});

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-models-'));
  store = new RunStore(home);
  [loaded, problems] = [[], []];
  open.mockClear();
  models = new HomeModels({
    store,
    open,
    onProblem: ({ message }) => problems.push(message),
  });
});
afterEach(async () => {
  await models.close();
  rmSync(home, { recursive: true });
});

/** A use of a model that lasts until it is ended. */
function longUse(run?: string) {
  let end: () => void = () => undefined;
  let begun: (model: ServedModel) => void = () => undefined;
  const model = new Promise<ServedModel>((resolve) => {
    begun = resolve;
  });
  const done = models.withModel(run, async (model) => {
    begun(model);
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return model.run.id;
  });
  return { model, done, end: () => end() };
}

describe('HomeModels', () => {
  it('serves nothing until a run is active', async () => {
    await models.follow();
    expect(models.active()).toBeNull();
    await expect(models.withModel(undefined, async () => 1)).rejects.toThrow(UnavailableError);
    await expect(models.rollback()).rejects.toThrow(/no run was active before/);
  });

  it('activates and rolls back, here and on disk', async () => {
    const a = publish('a');
    const b = publish('b');
    expect(await models.activate(a)).toEqual({ active: a, previous: null });
    expect(await models.activate(b)).toEqual({ active: b, previous: a });
    expect([store.active(), models.active()?.run.id]).toEqual([b, b]);
    expect(await models.rollback()).toEqual({ active: a, previous: b });
    expect([store.active(), models.active()?.run.id]).toEqual([a, a]);
  });

  it('keeps a model to the end of its use, and at most two models', async () => {
    const a = publish('a');
    const b = publish('b');
    const c = publish('c');
    await models.activate(a);
    const use = longUse();
    await use.model;
    await models.activate(b);
    expect(loaded).toEqual([a, b]);
    // Model a is in use, so the third has to wait.
    const third = models.activate(c);
    const asked = models.withModel(undefined, async ({ run }) => run.id);
    expect(await asked).toBe(b);
    expect(loaded).toEqual([a, b]);
    use.end();
    expect(await use.done).toBe(a);
    await third;
    expect(loaded).toEqual([b, c]);
  });

  it('answers with another run than the active one', async () => {
    const a = publish('a');
    const b = publish('b');
    const c = publish('c');
    await models.activate(a);
    expect(await models.withModel(b, async ({ run }) => run.id)).toBe(b);
    expect(await models.withModel(b, async () => loaded)).toEqual([a, b]);
    const uses = [c, b, a].map((run) => models.withModel(run, async (model) => model.run.id));
    expect(await Promise.all(uses)).toEqual([c, b, a]);
    expect(loaded).toEqual([a, c]);
    expect(models.active()?.run.id).toBe(a);
  });

  it.each(['no-run', '../..', ''])(
    'loads and puts away nothing for the run %j',
    async (unknown) => {
      const a = publish('a');
      const b = publish('b');
      await models.activate(a);
      await models.withModel(b, async () => 1);
      const { calls } = open.mock;
      const before = calls.length;
      await expect(models.withModel(unknown, async () => 1)).rejects.toThrow(UnknownRunError);
      await expect(models.activate(unknown)).rejects.toThrow(UnknownRunError);
      expect(calls).toHaveLength(before);
      expect(loaded).toEqual([a, b]);
    },
  );

  it.each(['damaged', 'nan'])('keeps the old one when the new one is %s', async (fault) => {
    const good = publish('good');
    const bad = publish(fault);
    await models.activate(good);
    if (fault === 'damaged')
      writeFileSync(join(home, 'runs', bad, 'vocabulary.jsonl'), '["a",1]\n');
    await expect(models.activate(bad)).rejects.toThrow(RunError);
    expect([store.active(), models.active()?.run.id]).toEqual([good, good]);
    expect(loaded).toEqual([good]);
    await expect(models.withModel(bad, async () => 1)).rejects.toThrow(RunError);
    expect(await models.withModel(undefined, async ({ run }) => run.id)).toBe(good);
  });

  it('follows the activations of another process, unless the run is bad', async () => {
    const a = publish('a');
    const b = publish('b');
    const nan = publish('nan');
    await models.activate(a);
    models.watch(5);
    store.activate(b);
    await vi.waitFor(() => expect(models.active()?.run.id).toBe(b));
    store.activate(nan);
    await vi.waitFor(() => expect(problems).toEqual([expect.stringMatching(/not finite/)]));
    expect(models.active()?.run.id).toBe(b);
  });

  it('reports a damaged runs/active once, until it changes', async () => {
    const a = publish('a');
    const b = publish('b');
    await models.activate(a);
    models.watch(2);
    const named = join(home, 'runs', 'active');
    const reads = vi.spyOn(store, 'active');
    const lookedAt = async (times: number) => {
      const before = reads.mock.calls.length;
      await vi.waitFor(() => expect(reads.mock.calls.length).toBeGreaterThan(before + times));
    };
    writeFileSync(named, 'no run\n');
    await lookedAt(5);
    expect(problems).toHaveLength(1);
    rmSync(named);
    store.activate(b);
    await vi.waitFor(() => expect(models.active()?.run.id).toBe(b));
    writeFileSync(named, 'no run\n');
    await lookedAt(5);
    expect(problems).toHaveLength(2);
  });
});
