/** The runs of a shared store, as a home that has copies of some of them sees them. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRuns } from '../../../test/fixtures/memory-runs.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import { RunError, StorageError, UnknownRunError } from '../../errors.js';
import { RunStore } from '../store.js';
import { StoreRuns } from './store-runs.js';

const old = 'ease-20260101-000000-aaaa';
const young = 'popularity-20260301-000000-bbbb';
const middle = 'rec-vae-20260201-000000-cccc';

let homes: string[];
let shared: MemoryRuns;
let a: ReturnType<typeof newHome>;
let b: ReturnType<typeof newHome>;

function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'multvae-store-runs-'));
  homes.push(home);
  const local = new RunStore(home);
  const pathOf = (name: string) => join(home, 'runs', name);
  return { home, local, runs: new StoreRuns(home, local, shared), pathOf };
}

beforeEach(() => {
  homes = [];
  shared = new MemoryRuns();
  a = newHome();
  b = newHome();
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const home of homes) rmSync(home, { recursive: true });
});

const asked = (what: string) => shared.asked.filter((call) => call.startsWith(what)).length;

describe('the list of runs', () => {
  beforeEach(async () => {
    for (const id of [old, young, middle]) await a.runs.publish(id, smallRun());
    shared.force([middle]);
  });

  it('has the newest run first, the active one marked, and says what is wrong', async () => {
    shared.lack(old, 'chunk 3 is missing');
    const list = await b.runs.list();
    expect(list.map(({ id, active, problem }) => [id, active, problem])).toEqual([
      [young, false, null],
      [middle, true, null],
      [old, false, 'chunk 3 is missing'],
    ]);
    expect(list[2]).toMatchObject({ model: null, metrics: null });
  });

  it('names a run whose description is of another one, and reads a description once', async () => {
    await b.runs.list();
    await b.runs.list();
    expect(asked('read')).toBe(3);
    const text = b.local.newRunId('ease');
    shared.put(old, 'run.json', JSON.stringify({ format: 'multvae-run', version: 1 }));
    expect((await b.runs.list())[2]?.problem).toMatch(`${old}/run.json in memory`);
    b.local.publish(text, smallRun());
    await b.runs.publish('popularity-other', smallRun());
    const chunks: Uint8Array[] = [];
    for await (const chunk of shared.read('popularity-other', 'run.json')) chunks.push(chunk);
    shared.put(old, 'run.json', Buffer.concat(chunks).toString('utf8'));
    const found = (await b.runs.list()).find(({ id }) => id === old);
    expect(found?.problem).toMatch(/run\.json in memory describes run popularity-other; remove/);
  });

  it('fails with the store, and not with a run', async () => {
    vi.spyOn(shared, 'read').mockImplementation(() => {
      throw new StorageError('gone', 'gone');
    });
    await expect(b.runs.list()).rejects.toThrow(StorageError);
  });

  it('knows what was never sent, newest first', async () => {
    expect(await b.runs.unsent()).toEqual([]);
    b.local.publish('popularity-20250101-000000-0000', smallRun());
    b.local.publish('popularity-20260101-000000-0000', smallRun());
    await b.runs.obtain(young);
    b.local.publish(old, smallRun());
    expect(await b.runs.unsent()).toEqual([
      'popularity-20260101-000000-0000',
      'popularity-20250101-000000-0000',
    ]);
  });

  it('is not asked for what is unsent where nothing is', async () => {
    await a.runs.unsent();
    expect(asked('list')).toBe(0);
  });
});

describe('a run', () => {
  beforeEach(() => a.runs.publish(old, smallRun(600)));

  it('is described and stamped without its files, and loaded with them', async () => {
    const { items, log } = await b.runs.describe(old);
    expect([items, log]).toEqual([2, []]);
    expect(asked(`read ${old} weights`)).toBe(0);
    expect(existsSync(b.pathOf(old))).toBe(false);
    const stamp = await b.runs.stamp(old);
    expect(stamp.split(' ')).toHaveLength(2 + 6);
    shared.lack(old, 'x');
    await b.runs.active();
    expect(await b.runs.stamp(old)).not.toBe(stamp);
    await expect(b.runs.describe(old)).rejects.toThrow(/^x$/);
    await expect(b.runs.obtain(old)).rejects.toThrow(/^x$/);
    await expect(b.runs.checkDescription(old)).rejects.toThrow(/^x$/);
    await a.runs.send(old);
    await b.runs.active();
    expect((await b.runs.load(old)).weights.unused?.data).toHaveLength(600);
  });

  it.each(['../x', 'x', 'Y-1'])('has no id such as %s', async (id) => {
    const calls = [
      b.runs.describe(id),
      b.runs.stamp(id),
      b.runs.check(id),
      b.runs.obtain(id),
      b.runs.activate(id),
      b.runs.remove(id),
      b.runs.requirePublished(id),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: { message: /is not a run id/ } });
    }
    expect(shared.asked.slice(-1)).not.toContain(`find ${id}`);
  });

  it('that is unknown is named by all methods, with the store', async () => {
    const id = 'popularity-none';
    const calls = [
      b.runs.describe(id),
      b.runs.stamp(id),
      b.runs.obtain(id),
      b.runs.remove(id),
      b.runs.checkDescription(id),
      b.runs.requirePublished(id),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        reason: expect.any(UnknownRunError),
      });
      expect(result).toMatchObject({
        reason: { message: /^there is no run popularity-none in memory\. `multvae runs`/ },
      });
    }
  });

  it('is mended from a whole copy, and from nothing else', async () => {
    shared.damage(old, 'weights.safetensors');
    await expect(b.runs.check(old)).rejects.toThrow(/weights.safetensors .* is damaged/);
    writeFileSync(a.pathOf(`${old}/weights.safetensors`), 'x');
    await expect(a.runs.check(old)).rejects.toThrow(/weights.safetensors .* is damaged/);
    expect(asked('publish')).toBe(1);
    await expect(a.runs.check('popularity-none')).rejects.toThrow(UnknownRunError);
    const failure = new Error('fault');
    vi.spyOn(shared, 'check').mockRejectedValueOnce(failure);
    await expect(a.runs.check(old)).rejects.toBe(failure);
    expect(asked(`find ${old}`)).toBe(2);
  });

  it('is sent again from a home that has it whole', async () => {
    shared.damage(old, 'weights.safetensors');
    await a.runs.check(old);
    await shared.check(old);
    expect(asked('publish')).toBe(2);
    // A removed run is not brought back.
    shared.damage(old, 'weights.safetensors');
    vi.spyOn(shared, 'find').mockResolvedValueOnce(null);
    await expect(a.runs.check(old)).rejects.toThrow(RunError);
    expect(asked('publish')).toBe(2);
  });

  it('has a description that counts as good while the store is gone, where the copy is whole', async () => {
    await b.runs.obtain(old);
    await b.runs.active();
    shared.isGone = true;
    vi.spyOn(shared, 'identity').mockResolvedValue('identity of memory');
    await b.runs.checkDescription(old);
    writeFileSync(b.pathOf(`${old}/weights.safetensors`), 'x');
    await expect(b.runs.checkDescription(old)).rejects.toThrow(StorageError);
  });

  it('with a bad description is bad, also where a copy is whole', async () => {
    await b.runs.obtain(old);
    shared.damage(old, 'run.json', '{}');
    await expect(b.runs.checkDescription(old)).rejects.toThrow(/run.json in memory, field format/);
  });
});

describe('the list that is kept', () => {
  let nowMs: number;

  beforeEach(async () => {
    nowMs = 1e6;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    await a.runs.publish(old, smallRun());
    await b.runs.stamp(old);
    shared.asked.length = 0;
  });

  it('serves for two seconds, or as long as a follower sees no change', async () => {
    await b.runs.stamp(old);
    nowMs += 1900;
    await b.runs.stamp(old);
    expect(shared.asked).toEqual([]);
    nowMs += 100;
    await b.runs.stamp(old);
    expect(shared.asked).toEqual(['state']);
    await b.runs.stamp(old);
    expect(shared.asked).toEqual(['state']);
    nowMs += 1999;
    await b.runs.active();
    nowMs += 1999;
    await b.runs.stamp(old);
    expect(shared.asked).toEqual(['state', 'state']);
  });

  it('is renewed for a run that it lacks, and once a follower sees a change', async () => {
    await a.runs.publish(young, smallRun());
    shared.asked.length = 0;
    await b.runs.stamp(young);
    expect(shared.asked).toEqual(['state', 'list']);
    shared.force([young]);
    expect(await b.runs.active()).toBe(young);
    await b.runs.stamp(young);
    expect(shared.asked.slice(2)).toEqual(['state', 'state', 'list']);
  });

  it('is asked for anew after this home has sent or removed a run', async () => {
    await b.runs.publish(young, smallRun());
    await b.runs.remove(old);
    await expect(b.runs.stamp(old)).rejects.toThrow(UnknownRunError);
    await b.runs.stamp(young);
    await a.runs.remove(young);
    await expect(a.runs.stamp(young)).rejects.toThrow(UnknownRunError);
  });

  it('counts while the store is gone, for the runs in it alone', async () => {
    nowMs += 5000;
    shared.isGone = true;
    await b.runs.stamp(old);
    await expect(b.runs.stamp(young)).rejects.toThrow(StorageError);
    shared.isGone = false;
    vi.spyOn(shared, 'state').mockRejectedValueOnce(new Error('fault'));
    await expect(b.runs.stamp(old)).rejects.toThrow(/fault/);
  });
});

describe('activation', () => {
  it('sends a run that is in this home alone, and checks one that is in the store', async () => {
    b.local.publish(old, smallRun());
    await b.runs.activate(old);
    expect(await b.runs.active()).toBe(old);
    expect(shared.asked).toEqual(
      expect.arrayContaining([`publish ${old}`, `check ${old}`, `read ${old} run.json`]),
    );
    shared.asked.length = 0;
    await b.runs.activate(old, { isChecked: true });
    expect(asked('publish') + asked('read')).toBe(0);
    expect(asked('check')).toBe(1);
    await expect(b.runs.activate(young)).rejects.toThrow(UnknownRunError);
    expect(asked('publish')).toBe(0);
  });

  it('is refused where the description is damaged, unless the caller has checked it', async () => {
    await a.runs.publish(old, smallRun());
    shared.put(old, 'run.json', '{}');
    await expect(b.runs.activate(old)).rejects.toThrow(RunError);
    expect(await b.runs.active()).toBeNull();
    await b.runs.activate(old, { isChecked: true });
    expect(await b.runs.active()).toBe(old);
  });

  it('goes back to a run that is whole', async () => {
    await expect(b.runs.previous()).rejects.toThrow(/no run was active before/);
    await a.runs.publish(old, smallRun());
    await a.runs.publish(young, smallRun());
    await a.runs.activate(old);
    await a.runs.activate(young);
    expect(await b.runs.previous()).toBe(old);
    shared.put(old, 'run.json', '{}');
    await expect(b.runs.rollback()).rejects.toThrow(RunError);
    expect(await b.runs.active()).toBe(young);
    expect(await b.runs.rollback(old)).toBe(old);
    expect(await b.runs.active()).toBe(old);
    shared.damage(old, 'log.jsonl');
    shared.force([young, old]);
    await expect(b.runs.rollback(old)).rejects.toThrow(/log.jsonl .* is damaged/);
  });
});

describe('removal', () => {
  it('takes a run from the store and from this home', async () => {
    await a.runs.publish(old, smallRun());
    await a.runs.remove(old);
    expect(await shared.list()).toEqual([]);
    expect(existsSync(a.pathOf(old))).toBe(false);
  });

  it('takes a copy of a run that the store has lost, after the store has agreed', async () => {
    await a.runs.publish(old, smallRun());
    vi.spyOn(shared, 'find').mockResolvedValue(null);
    await a.runs.remove(old);
    expect(asked('remove')).toBe(1);
    expect(existsSync(a.pathOf(old))).toBe(false);
  });

  it('takes a run that is in this home alone, and never asks the store to', async () => {
    b.local.publish(old, smallRun());
    await b.runs.remove(old);
    expect(existsSync(b.pathOf(old))).toBe(false);
    b.local.pendingDir(young);
    await b.runs.remove(young);
    expect(b.local.pending()).toEqual([]);
    expect(asked('remove ')).toBe(0);
  });

  it('leaves a run of this home that has the id of one in the store', async () => {
    await a.runs.publish(old, smallRun());
    b.local.publish(old, smallRun(5));
    await b.runs.remove(old);
    expect(await shared.list()).toEqual([]);
    expect(existsSync(b.pathOf(old))).toBe(true);
  });
});
