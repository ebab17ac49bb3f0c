/** What a stopped training says. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Interrupted } from '../../errors.js';
import { homePlace } from '../../home/place/place.js';
import { canResume } from '../../home/runs.js';
import type { TrainingStart } from '../../home/training.js';
import { followTraining } from './training.js';

const runId = 'ease-20261127-100000-abcd';
let home: string;
let folder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-stopped-'));
  folder = join(home, 'runs', `.pending-${runId}`);
  mkdirSync(folder, { recursive: true });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

/** The message of a training that begins and is stopped. */
const stopped = () =>
  followTraining(homePlace(home), async ({ watcher }) => {
    const start = {
      runId,
      dataName: 'x',
      scale: null,
      protocol: { ratingThreshold: null, minClicks: 5, heldoutUsers: 1, splitSeed: 1 },
      config: { model: 'ease' },
      split: { train: { rows: 1 }, validation: { users: [] }, vocabulary: [] },
      engine: null,
      peakMemoryBytes: null,
    };
    watcher.onStart?.(start as unknown as TrainingStart);
    throw new Interrupted('SIGINT', 'stopped by SIGINT');
  });

it('says how a training with a checkpoint goes on', async () => {
  writeFileSync(join(folder, 'checkpoint.safetensors'), '');
  expect(canResume(home, runId)).toBe(true);
  await expect(stopped()).rejects.toThrow(
    `the work so far is kept. \`multvae train --resume ${runId} --home ${home}\` goes on.`,
  );
});

it('promises nothing where there is no checkpoint', async () => {
  await expect(stopped()).rejects.toThrow(
    `keeps no work before its end. \`multvae remove ${runId} --home ${home}\` deletes what is left`,
  );
});
