/** Trainings that are stopped or killed and then resumed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/backend/engine.js';
import { openEngine, surveyBackends } from '../../src/backend/select.js';
import { readCheckpoint } from '../../src/model/training/checkpoint.js';
import { type TrainedWeights, trainNetwork } from '../../src/model/training/trainer.js';
import { smallTraining } from '../fixtures/small-training.js';

const script = fileURLToPath(new URL('../fixtures/killed-training.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-resume-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Everything but the times, which alone may depend on interruptions. */
function essence({ weights, best, log }: TrainedWeights) {
  const timeless = log.map(({ usersPerS: _, elapsedS: __, ...rest }) => rest);
  return { weights, bestEpoch: best.epoch, log: timeless };
}

/** The deterministic backends. */
const backends = (await surveyBackends())
  .filter(({ name, found }) => found && ['native', 'wasm', 'cpu'].includes(name))
  .map(({ name }) => name);

/** The updates at which processes are killed: each moment once, each backend at least once. */
const killedAt: Partial<Record<BackendName, number[]>> = {
  native: [6, 21],
  wasm: [12],
  cpu: [1],
};

/** What the training of a backend gives without a stop; trained once. */
const wholes = new Map<BackendName, Promise<ReturnType<typeof essence>>>();
function wholeTraining(backend: BackendName): Promise<ReturnType<typeof essence>> {
  const known = wholes.get(backend);
  if (known !== undefined) return known;
  const other = mkdtempSync(join(tmpdir(), 'multvae-whole-'));
  const trained = openEngine(backend)
    .then((engine) => trainNetwork(smallTraining(engine, other)))
    .then(essence)
    .finally(() => rmSync(other, { recursive: true }));
  wholes.set(backend, trained);
  return trained;
}

/** The small training has 24 updates, 4 per epoch: the stops lie within, at the end of and after epochs. */
describe.each(backends)('a training on %s that is resumed', (backend) => {
  it.each([1, 2, 4, 5, 11, 16, 23, 24])(
    'after a stop at update %i ends with the same weights',
    async (at) => {
      const engine = await openEngine(backend);
      const controller = new AbortController();
      const stopped = trainNetwork({
        ...smallTraining(engine, folder),
        signal: controller.signal,
        onStep: ({ updates }) => {
          if (updates === at) controller.abort(new Error('stop'));
        },
      });
      await expect(stopped).rejects.toThrow('stop');
      const checkpoint = readCheckpoint(folder);
      expect(checkpoint.progress.updates).toBe(at);
      const resumed = await trainNetwork({ ...smallTraining(engine, folder), resume: checkpoint });
      expect(essence(resumed)).toEqual(await wholeTraining(backend));
    },
  );

  it.each(killedAt[backend] ?? [])(
    'after a SIGKILL at update %i ends with the same weights',
    async (at) => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', script, folder, backend, String(at)],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      const checkpoint = readCheckpoint(folder);
      // The end of the last epoch before the kill.
      expect(checkpoint.progress.updates).toBe(4 * Math.floor((at - 1) / 4));
      const engine = await openEngine(backend);
      const resumed = await trainNetwork({ ...smallTraining(engine, folder), resume: checkpoint });
      expect(essence(resumed)).toEqual(await wholeTraining(backend));
    },
  );

  it('again and again ends with the same weights', async () => {
    const engine = await openEngine(backend);
    let result: TrainedWeights | undefined;
    for (let round = 0; result === undefined; round++) {
      const controller = new AbortController();
      let steps = 0;
      result = await trainNetwork({
        ...smallTraining(engine, folder),
        ...(round > 0 && { resume: readCheckpoint(folder) }),
        signal: controller.signal,
        onStep: () => {
          if (++steps === 3) controller.abort(new Error('stop'));
        },
      }).catch((error: Error) => {
        expect(error.message).toBe('stop');
        return undefined;
      });
    }
    expect(essence(result)).toEqual(await wholeTraining(backend));
  });
});
