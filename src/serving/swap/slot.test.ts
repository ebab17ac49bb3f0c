/** A loaded model is disposed once, after its last use. */
import { describe, expect, it } from 'vitest';
import type { ServedModel } from './slot.js';
import { Slot } from './slot.js';

function slot() {
  const disposed: string[] = [];
  const model = { run: { id: 'a' }, recommender: { dispose: () => disposed.push('a') } };
  return { slot: new Slot(model as unknown as ServedModel), disposed };
}

/** A use that lasts until it is ended. */
function use(of: Slot) {
  let end: () => void = () => undefined;
  const done = of.use(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  return { done, end: () => end() };
}

describe('Slot', () => {
  it('has the id of its run', () => {
    expect(slot().slot.id).toBe('a');
  });

  it('is disposed at once where nobody uses it', async () => {
    const { slot: unused, disposed } = slot();
    await unused.retire();
    await unused.retire();
    expect(disposed).toEqual(['a']);
  });

  it('waits for its last use, also one that fails', async () => {
    const { slot: used, disposed } = slot();
    const first = use(used);
    const failing = used.use(async () => {
      throw new Error('no scores');
    });
    const retired = Promise.all([used.retire(), used.retire()]);
    await expect(failing).rejects.toThrow('no scores');
    await new Promise(setImmediate);
    expect(disposed).toEqual([]);
    first.end();
    await first.done;
    await retired;
    expect(disposed).toEqual(['a']);
  });

  it('waits for one use alone too', async () => {
    const { slot: used, disposed } = slot();
    const only = use(used);
    const retired = used.retire();
    await new Promise(setImmediate);
    expect(disposed).toEqual([]);
    only.end();
    await retired;
    expect(disposed).toEqual(['a']);
  });

  it('can be disposed while it is used, and is then retired too', async () => {
    const { slot: used, disposed } = slot();
    const endless = use(used);
    const retired = used.retire();
    used.dispose();
    await retired;
    expect(disposed).toEqual(['a']);
    endless.end();
    await endless.done;
    expect(disposed).toEqual(['a']);
  });
});
