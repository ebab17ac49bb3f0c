/** Which runs a pruning keeps. */

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { smallRun } from '../../../test/fixtures/small-run.js';
import { ArgumentError, RunError, StorageError } from '../../errors.js';
import { EvaluationStore } from '../../runs/evaluations.js';
import { RunStore } from '../../runs/store.js';
import { pruneRuns } from './pruning.js';

let home: string;
let store: RunStore;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-pruning-'));
  store = new RunStore(home);
  for (const day of [1, 2, 3, 4, 5]) store.publish(idOf(day), smallRun());
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const idOf = (day: number) => `ease-2026010${day}-030000-00aa`;
const idsOf = (...days: number[]) => days.map(idOf);
const kept = () => store.list().map(({ id }) => id);

describe('a pruning', () => {
  it('keeps the newest runs and the active one, which may be older', async () => {
    store.activate(idOf(2));
    expect(await pruneRuns(home, 2)).toEqual({ runs: idsOf(3, 1), trainings: [] });
    expect(kept()).toEqual(idsOf(5, 4, 2));
    expect(store.active()).toBe(idOf(2));
    expect(await pruneRuns(home, 2)).toEqual({ runs: [], trainings: [] });
  });

  it('counts the active run among the newest, and keeps all where there are fewer', async () => {
    store.activate(idOf(5));
    expect((await pruneRuns(home, 5)).runs).toEqual([]);
    expect((await pruneRuns(home, 4)).runs).toEqual(idsOf(1));
    expect((await pruneRuns(home, 1)).runs).toEqual(idsOf(4, 3, 2));
  });

  it('deletes measurements and pages with their run, and no others', async () => {
    const evaluations = new EvaluationStore(home);
    for (const day of [1, 5]) {
      evaluations.keep(idOf(day), 'test', {});
      evaluations.keepPage(idOf(day), '<p>');
    }
    await pruneRuns(home, 4);
    expect(evaluations.page(idOf(1))).toBeNull();
    expect(existsSync(join(evaluations.folder, `${idOf(1)}-test.json`))).toBe(false);
    expect(evaluations.page(idOf(5))).toBe('<p>');
    expect(existsSync(join(evaluations.folder, `${idOf(5)}-test.json`))).toBe(true);
  });

  it('keeps as many stopped trainings, and every training in progress', async () => {
    for (const day of [6, 7, 8]) mkdirSync(store.pendingPath(idOf(day)), { recursive: true });
    const claim = store.claim(idOf(8));
    expect((await pruneRuns(home, 1)).trainings).toEqual(idsOf(6));
    expect(store.pending()).toEqual(idsOf(8, 7));
    claim.release();
    expect((await pruneRuns(home, 1)).trainings).toEqual(idsOf(7));
  });

  it('leaves a run that is activated meanwhile, and one that is gone already', async () => {
    const remove = RunStore.prototype.remove;
    vi.spyOn(RunStore.prototype, 'remove').mockImplementation(function (this: RunStore, id) {
      if (id === idOf(3)) this.activate(id);
      if (id === idOf(2)) remove.call(this, id);
      remove.call(this, id);
    });
    expect((await pruneRuns(home, 2)).runs).toEqual(idsOf(1));
    expect(kept()).toEqual(idsOf(5, 4, 3));
  });

  it('ends with the error of a run that cannot be deleted', async () => {
    const full = new StorageError('full', 'the disk refuses');
    vi.spyOn(RunStore.prototype, 'remove').mockImplementation(() => {
      throw full;
    });
    await expect(pruneRuns(home, 1)).rejects.toBe(full);
    vi.spyOn(RunStore.prototype, 'remove').mockImplementation(() => {
      throw new RunError('locked');
    });
    await expect(pruneRuns(home, 1)).rejects.toThrow('locked');
  });

  it('refuses to keep no run at all', async () => {
    await expect(pruneRuns(home, 0)).rejects.toThrow(ArgumentError);
    await expect(pruneRuns(home, 1.5)).rejects.toThrow('is 1.5; give an integer from 1 on');
    expect(kept()).toHaveLength(5);
  });
});
