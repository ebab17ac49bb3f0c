/** The runs as HTTP lists them: each described once, the served one marked, a bad one with its reason. */
import { describe, expect, it, vi } from 'vitest';
import { RunError } from '../errors.js';
import { RunCatalogue } from './run-catalogue.js';

const described = (id: string) => ({
  id,
  config: { model: 'ease' },
  protocol: {},
  metrics: { 'ndcg@100': 0.4 },
  items: 3,
  log: [],
  lineage: {
    createdAt: '2026-01-01T00:00:00.000Z',
    dataName: 'plays',
    dataHash: 'h',
    backend: 'none',
    durationS: 2,
    command: ['train', '--home', '/home/shop'],
  },
});

function catalogueOf(ids: readonly string[], problems: Readonly<Record<string, string>> = {}) {
  const stamps = new Map(ids.map((id) => [id, '1']));
  const runs = {
    list: () => ids.map((id) => ({ id, problem: problems[id] ?? null })),
    stamp: (id: string) => stamps.get(id)!,
    describe: vi.fn(async (id: string) => described(id)),
  };
  const evaluations = {
    measurement: (_: string, split: string) => (split === 'test' ? { split } : null),
    page: (id: string) => (id === 'a-1' ? '<p>/home/shop/runs' : null),
  };
  const documents = {
    read: async (_: string, id: string) => (id === 'a-1' ? { name: 'A', note: 7 } : null),
    list: async () => [{ id: 'c-3', value: { name: 'C', note: 'bad one' }, at: 0 }],
  };
  const store = {
    documents,
    dataset: async () => ({ dataHash: 'h' }),
    descendsFrom: async () => true,
  };
  const catalogue = new RunCatalogue(
    store as never,
    runs as never,
    evaluations as never,
    '/home/shop',
  );
  return { catalogue, runs, stamps };
}

describe('RunCatalogue', () => {
  it('marks the served run, whether it is good or bad', async () => {
    const { catalogue } = catalogueOf(['a-1', 'b-2', 'c-3'], { 'c-3': '/home/shop/runs/c-3: no' });
    const activeOf = async (active: string | null) =>
      (await catalogue.list(active)).map((run) => run.active);
    expect(await activeOf('a-1')).toEqual([true, false, false]);
    expect(await activeOf('c-3')).toEqual([false, false, true]);
    expect(await activeOf(null)).toEqual([false, false, false]);
    const [good, , bad] = await catalogue.list(null);
    expect(good).toMatchObject({ run: 'a-1', problem: null, model: 'ease', items: 3, users: null });
    expect(bad).toMatchObject({ run: 'c-3', model: null, metrics: null, remark: null });
    expect(bad!.problem).toMatch(/runs\/c-3: no$/);
    expect(bad!.problem).not.toContain('/home/shop');
    expect((await catalogue.detail('a-1', 'a-1')).active).toBe(true);
  });

  it('shows names and notes, of a bad run too', async () => {
    const { catalogue } = catalogueOf(['a-1', 'c-3'], { 'c-3': 'no' });
    const [good, bad] = await catalogue.list(null);
    expect(good).toMatchObject({ name: null, note: null });
    expect(bad).toMatchObject({ name: 'C', note: 'bad one' });
    expect(await catalogue.detail('a-1', null)).toMatchObject({ name: 'A', note: null });
  });

  it('describes a run again only when its stamp has changed', async () => {
    const { catalogue, runs, stamps } = catalogueOf(['a-1']);
    await catalogue.list(null);
    await catalogue.detail('a-1', null);
    expect(runs.describe).toHaveBeenCalledTimes(1);
    stamps.set('a-1', '2');
    await catalogue.list(null);
    expect(runs.describe).toHaveBeenCalledTimes(2);
  });

  it('lists a run that cannot be described, and passes other failures on', async () => {
    const { catalogue, runs } = catalogueOf(['a-1', 'b-2']);
    runs.describe.mockRejectedValueOnce(new RunError('damaged'));
    expect((await catalogue.list(null)).map(({ problem }) => problem)).toEqual(['damaged', null]);
    runs.describe.mockRejectedValueOnce(new TypeError('fault'));
    await expect(catalogue.list(null)).rejects.toThrow(TypeError);
  });

  it('gives evaluations, the command and the report without the place of the home', async () => {
    const { catalogue } = catalogueOf(['a-1', 'b-2']);
    const { evaluation, lineage } = await catalogue.detail('a-1', null);
    expect(evaluation).toEqual({ validation: null, test: { split: 'test' } });
    expect(lineage.command.join(' ')).not.toContain('/home/shop');
    expect(await catalogue.page('a-1')).not.toContain('/home/shop');
    expect(await catalogue.page('b-2')).toBeNull();
  });
});
