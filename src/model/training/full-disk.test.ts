/** A training on a disk that refuses its checkpoints. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { smallTraining } from '../../../test/fixtures/small-training.js';
import { openEngine } from '../../backend/select.js';
import { readCheckpoint } from './checkpoint.js';
import { trainNetwork } from './trainer.js';

/** The checkpoints that the disk refuses, counted from 1. */
const disk = vi.hoisted(() => ({ writes: 0, refuses: (_write: number): boolean => false }));
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const writeFileSync = (file: number, bytes: Uint8Array) => {
    // A checkpoint is written in several parts.
    if (real.fstatSync(file).size === 0) disk.writes++;
    if (!disk.refuses(disk.writes)) return real.writeFileSync(file, bytes);
    real.writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    throw Object.assign(new Error('ENOSPC: raw'), { code: 'ENOSPC' });
  };
  return { ...real, writeFileSync };
});

const engine = await openEngine('wasm');
let folder: string;
let remarks: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-full-'));
  remarks = [];
  disk.writes = 0;
});
afterEach(() => {
  disk.refuses = () => false;
  rmSync(folder, { recursive: true });
});

const options = () => ({
  ...smallTraining(engine, folder),
  onRemark: (text: string) => remarks.push(text),
});

it('goes on to the end without later checkpoints, says so once, and keeps the one before', async () => {
  const expected = await trainNetwork(options());
  disk.writes = 0;
  // The first one, and those after the first two epochs, fit.
  disk.refuses = (write) => write > 3;
  const { weights, best } = await trainNetwork(options());
  expect(best).toMatchObject({ epoch: expected.best.epoch, loss: expected.best.loss });
  expect(weights).toEqual(expected.weights);
  expect(remarks).toEqual([
    expect.stringMatching(
      /^the checkpoint .* cannot be written: the disk is full; free some space/,
    ),
  ]);
  expect(readdirSync(folder)).toEqual(['checkpoint.safetensors']);
  const kept = readCheckpoint(folder);
  expect(kept.progress.epoch).toBe(3);
  disk.refuses = () => false;
  const resumed = await trainNetwork({ ...options(), resume: kept });
  expect(resumed.weights).toEqual(expected.weights);
});

it('says when the disk takes checkpoints again', async () => {
  disk.refuses = (write) => write === 3 || write === 4;
  await trainNetwork(options());
  expect(remarks).toHaveLength(2);
  expect(remarks[1]).toBe('the checkpoint could be written again');
  expect(readCheckpoint(folder).progress.epoch).toBe(7);
});

it('does not begin without a checkpoint', async () => {
  disk.refuses = () => true;
  await expect(trainNetwork(options())).rejects.toMatchObject({ fault: 'full' });
  expect(readdirSync(folder)).toEqual([]);
});

it('says that a stopped training keeps the checkpoint before', async () => {
  const stop = new AbortController();
  disk.refuses = (write) => write > 3;
  const stopped = trainNetwork({
    ...options(),
    signal: stop.signal,
    onEpoch: ({ epoch }) => {
      if (epoch === 4) stop.abort(new Error('stopped'));
    },
  });
  await expect(stopped).rejects.toMatchObject({ fault: 'full' });
  expect(readCheckpoint(folder).progress.epoch).toBe(3);
});
