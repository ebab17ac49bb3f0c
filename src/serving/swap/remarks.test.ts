/** What an operator is told of the model that a process serves. */
import { expect, it } from 'vitest';
import { otherDataRemark } from './other-data.js';
import { servingRemarks } from './remarks.js';

const run = { id: 'ease-a', lineage: { dataHash: 'a'.repeat(64), dataName: 'shop' } };
const origin = (descends: boolean, now: { name: string; dataHash: string } | null = null) => ({
  descendsFrom: async (hash: string) => descends && hash === run.lineage.dataHash,
  dataset: async () => now,
});
const models = (served: object | null, lag: object | null = null) =>
  ({ active: () => served && { run: served }, lag: () => lag }) as never;

it('is nothing where the named run is served, and is of these data', async () => {
  expect(await servingRemarks(models(run), origin(true))).toEqual([]);
  expect(await servingRemarks(models(null), origin(false))).toEqual([]);
});

it('names the run that is active, the one that is served, and why', async () => {
  const lag = { run: 'ease-b', problem: 'damaged' };
  expect(await servingRemarks(models(run, lag), origin(true))).toEqual([
    'run ease-b is active, and this process serves ease-a: damaged',
  ]);
  expect(
    await servingRemarks(models(null, { run: null, problem: 'not to be read' }), origin(true)),
  ).toEqual(['which run is active is not known, and this process serves none: not to be read']);
});

it('says that the data are others, and which', async () => {
  const other = { name: 'films', dataHash: 'b'.repeat(64) };
  const remark = await otherDataRemark(run, origin(false, other));
  expect(remark).toMatch(
    /^run ease-a was trained on shop \(aaaaaaaaaaaa…\), and the home holds other data now: films \(bbbbbbbbbbbb…\)\. Train/,
  );
  expect(await otherDataRemark(run, origin(false))).toContain('the home holds no data. Train');
  expect(await otherDataRemark(run, origin(true, other))).toBeNull();
  const lag = { run: 'x', problem: 'y' };
  expect(await servingRemarks(models(run, lag), origin(false, other))).toEqual([
    'run x is active, and this process serves ease-a: y',
    remark,
  ]);
});
