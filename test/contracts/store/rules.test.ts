import { describe, expect, it } from 'vitest';
import { maxRules } from '../../../src/data/store/rules.js';
import type { Store } from '../../../src/data/store/store.js';
import { ArgumentError } from '../../../src/errors.js';
import { storeKinds } from '../../fixtures/stores.js';
import { openTwice } from './two-openings.js';

describe.each(storeKinds)('rules in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let store: Store;
  let other: Store;
  openTwice(start, (opened) => {
    ({ store, other } = opened);
  });

  it('are created, changed and deleted, and keep their ids', async () => {
    const none = await other.rules();
    expect(none.rules).toEqual([]);
    const content = { kind: 'pin', items: ['ü', '"'], note: 'a\u0000b' };
    const first = await store.ruleWriter.create(content);
    const second = await store.ruleWriter.create({ kind: 'hide' });
    expect(first).toEqual({
      id: '1',
      content,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      changedAt: first.createdAt,
    });
    const two = await other.rules();
    expect(two.version).not.toBe(none.version);
    expect(two.rules).toEqual([first, second]);
    const changed = await store.ruleWriter.change('1', (before) => ({
      ...(before as object),
      n: 1,
    }));
    expect(changed).toMatchObject({
      id: '1',
      content: { ...content, n: 1 },
      createdAt: first.createdAt,
    });
    const three = await other.rules();
    expect(three.version).not.toBe(two.version);
    expect(three.rules).toEqual([changed, second]);
    expect(await store.ruleWriter.delete('2')).toBe(true);
    expect((await other.rules()).version).not.toBe(three.version);
    expect((await other.rules()).rules).toEqual([changed]);
    expect(await store.ruleWriter.create({})).toMatchObject({ id: '3' });
  });

  it('stay as they are where a change throws, or there is no such rule', async () => {
    await store.ruleWriter.create({ kind: 'pin' });
    const before = await other.rules();
    const wrong = new ArgumentError('kind is wrong');
    const change = store.ruleWriter.change('1', () => {
      throw wrong;
    });
    await expect(change).rejects.toBe(wrong);
    for (const id of ['2', '0', '-1', '1 ', 'x', '9'.repeat(30), '']) {
      expect(await store.ruleWriter.change(id, (content) => content)).toBeNull();
      expect(await store.ruleWriter.delete(id)).toBe(false);
    }
    expect(await other.rules()).toEqual(before);
  });

  it('of many writers at once are all kept', async () => {
    const writers = [store, other];
    await store.ruleWriter.create({ count: 0 });
    await Promise.all([
      ...Array.from({ length: 20 }, (_, k) =>
        writers[k % 2]!.ruleWriter.change('1', (content) => ({
          count: (content as { count: number }).count + 1,
        })),
      ),
      ...Array.from({ length: 10 }, (_, k) => writers[k % 2]!.ruleWriter.create({ k })),
    ]);
    const { rules } = await other.rules();
    expect(rules[0]!.content).toEqual({ count: 20 });
    expect(rules.map(({ id }) => id)).toEqual(Array.from({ length: 11 }, (_, k) => `${k + 1}`));
  });

  it('are at most a thousand', async () => {
    for (let k = 0; k < maxRules; k++) await store.ruleWriter.create({ k });
    await expect(store.ruleWriter.create({})).rejects.toThrow(
      'there are 1000 rules already, the most; delete some first',
    );
    expect(await store.ruleWriter.delete('7')).toBe(true);
    expect(await store.ruleWriter.create({})).toMatchObject({ id: '1001' });
  });
});
