/** Served models: activation, loading and failures. */

import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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

/** Runs whose load waits until it is let go. */
const held = new Map<string, Promise<void>>();

function holdLoad(id: string): () => void {
  let letGo: () => void = () => undefined;
  held.set(
    id,
    new Promise((resolve) => {
      letGo = resolve;
    }),
  );
  return letGo;
}

const open = vi.fn(async (id: string, signal: AbortSignal): Promise<ServedModel> => {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  await Promise.race([held.get(id), stopped]);
  const { weights, ...run } = store.load(id);
  return { run, recommender: new Watched(id, run.vocabulary.trainClicks) };
});

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-models-'));
  store = new RunStore(home);
  loaded = [];
  problems = [];
  held.clear();
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

  it('keeps the active model when it is activated again and another run is asked for', async () => {
    const a = publish('a');
    const b = publish('b');
    await models.activate(a);
    expect(await models.activate(a)).toEqual({ active: a, previous: a });
    expect(await models.withModel(b, async ({ run }) => run.id)).toBe(b);
    expect(await models.withModel(undefined, async ({ run }) => run.id)).toBe(a);
    expect(loaded).toEqual([a, b]);
    const c = publish('c');
    expect(await models.withModel(c, async () => loaded)).toEqual([a, c]);
    expect(models.active()?.run.id).toBe(a);
  });

  it.each([
    ['removed', UnknownRunError, /there is no run/],
    ['damaged', RunError, /vocabulary\.jsonl is damaged/],
    ['cut off', RunError, /weights\.safetensors/],
  ] as const)(
    'checks a loaded run that was %s on disk before it is activated, and before a rollback',
    async (fault, error, message) => {
      const a = publish('a');
      const b = publish('b');
      await models.activate(b);
      await models.activate(a);
      expect(loaded).toEqual([b, a]);
      const spoil = {
        removed: () => store.remove(b),
        damaged: () => writeFileSync(join(home, 'runs', b, 'vocabulary.jsonl'), '["a",1]\n'),
        'cut off': () => truncateSync(join(home, 'runs', b, 'weights.safetensors'), 5),
      };
      if (fault !== 'removed') {
        spoil[fault]();
        await expect(models.rollback()).rejects.toThrow(message);
      } else {
        spoil.removed();
      }
      await expect(models.activate(b)).rejects.toThrow(error);
      await expect(models.activate(b)).rejects.toThrow(message);
      expect([store.active(), models.active()?.run.id]).toEqual([a, a]);
      expect(new RunStore(home).load(store.active()!).id).toBe(a);
    },
  );

  it('does not answer from the memory of a removed run', async () => {
    const a = publish('a');
    const b = publish('b');
    await models.activate(a);
    const use = longUse(b);
    await use.model;
    store.remove(b);
    await expect(models.withModel(b, async () => 1)).rejects.toThrow(UnknownRunError);
    // A use that has begun goes on to its end.
    expect(loaded).toEqual([a, b]);
    use.end();
    expect(await use.done).toBe(b);
    expect(loaded).toEqual([a]);
  });

  it('says why it does not serve the run that is named, and loads the run when it arrives', async () => {
    const a = publish('a');
    const b = publish('b');
    await models.activate(a);
    const named = join(home, 'runs', 'active');
    const elsewhere = join(home, 'arriving');
    renameSync(join(home, 'runs', b), elsewhere);
    models.watch(2);
    writeFileSync(named, `${b}\n${a}\n`);
    await expect.poll(() => models.lag()).toMatchObject({ run: b });
    expect(models.lag()?.problem).toMatch(/there is no run popularity-b/);
    expect(models.active()?.run.id).toBe(a);
    renameSync(elsewhere, join(home, 'runs', b));
    await expect.poll(() => models.active()?.run.id).toBe(b);
    await expect.poll(() => models.lag()).toBeNull();
    expect(problems).toHaveLength(1);
  });

  it('follows the activations of another process, unless the run is bad', async () => {
    const a = publish('a');
    const b = publish('b');
    const nan = publish('nan');
    await models.activate(a);
    models.watch(5);
    store.activate(b);
    await expect.poll(() => models.active()?.run.id).toBe(b);
    store.activate(nan);
    await expect.poll(() => problems).toEqual([expect.stringMatching(/not finite/)]);
    expect(models.active()?.run.id).toBe(b);
  });

  it('goes on with the old model while what a new one answers from cannot be read', async () => {
    const a = publish('a');
    const b = publish('b');
    let isGone = true;
    const read: string[] = [];
    const careful = new HomeModels({
      store,
      open,
      readAhead: async ({ run }) => {
        read.push(run.id);
        if (isGone) throw new UnavailableError('the store is gone');
      },
      onProblem: ({ message }) => problems.push(message),
    });
    // Without an earlier model, one is better than none.
    await careful.activate(a);
    expect(read).toEqual([]);
    await expect(careful.activate(b)).rejects.toThrow('the store is gone');
    expect([careful.active()?.run.id, store.active()]).toEqual([a, a]);
    isGone = false;
    await careful.activate(b);
    expect([careful.active()?.run.id, store.active()]).toEqual([b, b]);
    expect(read).toEqual([b, b]);
    await careful.close();
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
      await expect.poll(() => reads.mock.calls.length).toBeGreaterThan(before + times);
    };
    writeFileSync(named, 'no run\n');
    await lookedAt(5);
    expect(problems).toHaveLength(1);
    rmSync(named);
    store.activate(b);
    await expect.poll(() => models.active()?.run.id).toBe(b);
    writeFileSync(named, 'no run\n');
    await lookedAt(5);
    expect(problems).toHaveLength(2);
  });
});

describe('loads of other runs', () => {
  /** A run in use, so that each further run has to be loaded. */
  async function serving(): Promise<string> {
    const a = publish('a');
    await models.activate(a);
    return a;
  }
  const idOf = async ({ run }: ServedModel) => run.id;

  it('are shared by all who want the run, also while it is loaded', async () => {
    await serving();
    const b = publish('b');
    const letGo = holdLoad(b);
    const early = Array.from({ length: 100 }, () => models.withModel(b, idOf));
    await expect.poll(() => open).toHaveBeenCalledTimes(2);
    const late = Array.from({ length: 100 }, () => models.withModel(b, idOf));
    letGo();
    expect(new Set(await Promise.all([...early, ...late]))).toEqual(new Set([b]));
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('wait behind a switch, and are refused at once when too many runs wait', async () => {
    const a = await serving();
    const runs = ['b', 'c', 'd', 'e', 'f', 'g'].map(publish);
    const next = publish('next');
    const letGo = holdLoad(runs[0]!);
    const order: string[] = [];
    const uses = runs
      .slice(0, 5)
      .flatMap((run) =>
        Array.from({ length: 40 }, () => models.withModel(run, async () => order.push(run))),
      );
    await expect(models.withModel(runs[5], idOf)).rejects.toThrow(UnavailableError);
    await expect(models.withModel(runs[5], idOf)).rejects.toThrow(/5 other runs are being loaded/);
    // A run that waits already takes any number, and one that does not exist is told so.
    uses.push(models.withModel(runs[4], async () => order.push(runs[4]!)));
    await expect(models.withModel('no-run', idOf)).rejects.toThrow(UnknownRunError);
    const switched = models.activate(next).then(() => order.push('switched'));
    letGo();
    await switched;
    expect(order).toEqual([...new Array(40).fill(runs[0]), 'switched']);
    expect(models.active()?.run.id).toBe(next);
    await Promise.all(uses);
    expect(order).toHaveLength(202);
    expect(open.mock.calls.map(([id]) => id)).toEqual([a, runs[0], next, ...runs.slice(1, 5)]);
  });

  it('leave the queue with the last who wanted them', async () => {
    const a = await serving();
    const b = publish('b');
    const c = publish('c');
    const d = publish('d');
    const letGo = holdLoad(b);
    const first = models.withModel(b, idOf);
    const givenUp = new AbortController();
    const lost = [c, d, d].map((run) => models.withModel(run, idOf, () => givenUp.signal));
    const kept = models.withModel(d, idOf);
    const outcomes = Promise.allSettled(lost);
    givenUp.abort(new Error('gone'));
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected' });
    await expect(models.withModel(c, idOf, () => givenUp.signal)).rejects.toThrow('gone');
    letGo();
    expect(await Promise.all([first, kept])).toEqual([b, d]);
    expect(open.mock.calls.map(([id]) => id)).toEqual([a, b, d]);
  });

  it('end at once when the server stops, and what is loaded goes on answering', async () => {
    const a = await serving();
    const b = publish('b');
    const c = publish('c');
    holdLoad(b);
    const waiting = [b, c].map((run) => models.withModel(run, idOf));
    const switched = models.activate(c);
    const outcomes = Promise.allSettled([...waiting, switched]);
    models.stop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ reason: expect.any(UnavailableError) });
    }
    expect(await models.withModel(undefined, idOf)).toBe(a);
    await expect(models.withModel(b, idOf)).rejects.toThrow(/is stopping/);
    await expect(models.activate(b)).rejects.toThrow(/is stopping/);
    expect(store.active()).toBe(a);
    await models.close();
    expect(loaded).toEqual([]);
  });

  it('do not keep a model that never ends its use', async () => {
    await serving();
    const use = longUse();
    await use.model;
    const b = publish('b');
    const c = publish('c');
    await models.activate(b);
    // The first model is in use, so the third run waits for its place.
    const third = models.withModel(c, idOf);
    const refused = expect(third).rejects.toThrow(/is stopping/);
    await models.close(1);
    await refused;
    expect(loaded).toEqual([]);
    use.end();
    await use.done;
  });
});
