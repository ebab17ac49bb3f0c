/** The queue of loads and switches: what goes first, what is shared, and what is given up. */
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../errors.js';
import { LoadQueue } from './load-queue.js';
import type { ServedModel, Slot } from './slot.js';

/** A queue whose loads end when the test says so. */
function heldQueue() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const queue = new LoadQueue(async (run) => {
    begun.push(run);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (run === 'bad') throw new Error('no such file');
    return { use: (use) => use({ run: { id: run } } as ServedModel) } as Slot;
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const end = async () => {
    await turn();
    ends.shift()!();
    await turn();
  };
  const ask = (run: string, signal?: AbortSignal) =>
    queue.use({ run, use: async (model) => model.run.id, signal });
  return { queue, begun, ask, end, turn };
}

describe('a load', () => {
  it('is shared by all who want the run, and its error too', async () => {
    const { ask, end, begun } = heldQueue();
    const uses = ['a', 'bad', 'a', 'bad'].map((run) => ask(run).catch((error) => error.message));
    await end();
    const late = ask('bad').catch((error) => error.message);
    await end();
    expect(await Promise.all([...uses, late])).toEqual([
      'a',
      'no such file',
      'a',
      'no such file',
      'no such file',
    ]);
    expect(begun).toEqual(['a', 'bad']);
  });

  it('does not begin when all who wait have left, and begins when one stays', async () => {
    const { ask, end, begun, turn } = heldQueue();
    const first = ask('a');
    const leaving = [new AbortController(), new AbortController()];
    const left = leaving.map(({ signal }) => ask('b', signal));
    const stays = ask('c');
    const leaves = ask('c', leaving[0]!.signal);
    for (const controller of leaving) controller.abort(new Error('left'));
    for (const one of [...left, leaves]) await expect(one).rejects.toThrow('left');
    await end();
    await turn();
    expect(begun).toEqual(['a', 'c']);
    await end();
    expect(await Promise.all([first, stays])).toEqual(['a', 'c']);
  });

  it('that is under way goes on when its only waiter leaves, and others keep their places', async () => {
    const { ask, end, begun, turn } = heldQueue();
    const control = new AbortController();
    const first = ask('a', control.signal);
    const second = ask('b');
    await turn();
    control.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    await end();
    await end();
    expect(await second).toBe('b');
    expect(begun).toEqual(['a', 'b']);
  });

  it('is refused for a signal that is aborted already, and hears nothing after it', async () => {
    const { ask, end } = heldQueue();
    await expect(ask('a', AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    const control = new AbortController();
    const heard: string[] = [];
    const { signal } = control;
    signal.removeEventListener = (type: string) => void heard.push(type);
    const good = ask('a', signal);
    await end();
    await good;
    const bad = ask('bad', signal).catch(() => undefined);
    await end();
    await bad;
    expect(heard).toEqual(['abort', 'abort']);
  });

  it('is refused at once when five runs are on their way, not for a sixth request of one', async () => {
    const { ask, end, turn } = heldQueue();
    const uses = ['1', '2', '3', '4'].map((run) => ask(run));
    await turn();
    uses.push(ask('5'));
    await expect(ask('6')).rejects.toThrow(UnavailableError);
    await expect(ask('6')).rejects.toThrow('5 other runs are being loaded already');
    uses.push(ask('5'), ask('1'));
    for (let k = 0; k < 5; k++) await end();
    expect(await Promise.all(uses)).toEqual(['1', '2', '3', '4', '5', '5', '1']);
    const after = ask('6');
    await end();
    expect(await after).toBe('6');
  });
});

describe('a switch', () => {
  it('goes before the loads that wait, in the order of the switches', async () => {
    const { queue, ask, end } = heldQueue();
    const order: string[] = [];
    const note = (what: string) => async () => void order.push(what);
    const uses = ['a', 'b'].map((run) => ask(run).then(note(run)));
    await Promise.resolve();
    const switches = ['1', '2'].map((name) => queue.switch(note(name)));
    const failing = queue.switch(async () => {
      throw new Error('no');
    });
    await Promise.all([expect(failing).rejects.toThrow('no'), end()]);
    await end();
    await Promise.all([...uses, ...switches]);
    expect(order.indexOf('2') < order.indexOf('b')).toBe(true);
    expect(order.filter((what) => /\d/.test(what))).toEqual(['1', '2']);
  });
});

describe('stop', () => {
  it('refuses what waits and what comes, with the first reason; what is under way ends', async () => {
    const { queue, ask, end, turn } = heldQueue();
    const underWay = ask('a');
    await turn();
    const waiting = ['b', 'b', 'c'].map((run) => ask(run));
    const switching = queue.switch(async () => 1);
    const stopping = new Error('stopping');
    queue.stop(stopping);
    queue.stop(new Error('again'));
    for (const one of [...waiting, switching, ask('a'), queue.switch(async () => 1)]) {
      await expect(one).rejects.toBe(stopping);
    }
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    await turn();
    expect(isIdle).toBe(false);
    await end();
    expect(await underWay).toBe('a');
    await idle;
  });
});
