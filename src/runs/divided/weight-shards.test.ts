/** Runs whose weights lie in several files: published, loaded, checked, copied. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryRuns } from '../../../test/fixtures/memory-runs.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import type { StoredTensors } from '../format.js';
import { publishedFiles, RunCopies } from '../shared/copies.js';
import { RunStore } from '../store.js';
import { writeShard } from './weight-shards.js';

const id = 'popularity-1';
const axes = { first: 0, last: 1 };
const file = 'weights-2-of-2.safetensors';

let home: string;
let store: RunStore;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-shards-'));
  store = new RunStore(home);
  publish();
});
afterEach(() => rmSync(home, { recursive: true }));

/** The weights of items first..last-1 of five. */
function weightsOf(first: number, last: number): StoredTensors {
  const items = Array.from({ length: last - first }, (_, k) => first + k);
  const numbers = (list: number[]) => Float32Array.from(list);
  return {
    first: { shape: [items.length, 2], data: numbers(items.flatMap((i) => [i, -i])) },
    last: { shape: [2, items.length], data: numbers([...items, ...items.map((i) => 10 * i)]) },
    middle: { shape: [2], data: numbers([7, 8]) },
  };
}

function publish(): void {
  const folder = store.pendingDir(id);
  const rest = { rank: 1, size: 2, items: { first: 3, last: 5 } };
  const shard = writeShard(folder, rest, weightsOf(3, 5), axes);
  store.publish(id, {
    ...smallRun(),
    weights: weightsOf(0, 3),
    divided: { itemCount: 5, items: { first: 0, last: 3 }, axes, shards: [shard] },
  });
}

const pathOf = (name: string) => join(home, 'runs', id, name);

describe('a run of several weight files', () => {
  it('loads with whole weights, and each file has what belongs to it', () => {
    expect(store.load(id).weights).toEqual(weightsOf(0, 5));
    expect(store.list()[0]!.problem).toBeNull();
    expect(readdirSync(join(home, 'runs', id))).toContain(file);
    const sums = readFileSync(pathOf('SHA256SUMS'), 'utf8');
    expect(sums).toMatch(/^[0-9a-f]{64} {2}weights-2-of-2\.safetensors$/m);
    expect(readFileSync(pathOf(file)).includes('middle')).toBe(false);
  });

  it('is refused where one of them is damaged, gone or cut off', async () => {
    const bytes = readFileSync(pathOf(file));
    const stamp = store.stamp(id);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 1]! ^= 1;
    writeFileSync(pathOf(file), damaged);
    expect(() => store.load(id)).toThrow(/weights-2-of-2.safetensors is damaged/);
    await expect(store.check(id)).rejects.toThrow(/weights-2-of-2.safetensors is damaged/);
    writeFileSync(pathOf(file), bytes.subarray(0, -4));
    expect(store.list()[0]!.problem).toMatch(/weights-2-of-2.safetensors .* cut off/);
    expect(store.stamp(id)).not.toBe(stamp);
    rmSync(pathOf(file));
    expect(() => store.load(id)).toThrow(/weights-2-of-2.safetensors is missing/);
    expect(store.list()[0]!.problem).toMatch(/weights-2-of-2.safetensors is missing/);
  });

  it('goes into a store and back', async () => {
    const shared = new MemoryRuns();
    await shared.publish(id, await publishedFiles(join(home, 'runs', id), id));
    const other = mkdtempSync(join(tmpdir(), 'multvae-shards-'));
    try {
      await new RunCopies(other, shared).obtain((await shared.find(id))!);
      expect(new RunStore(other).load(id).weights).toEqual(weightsOf(0, 5));
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});
