/** Benchmark of one training epoch. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { networkOf } from '../../src/model/models.js';
import type { StepRecord } from '../../src/model/training/hooks.js';
import { trainNetwork } from '../../src/model/training/trainer.js';
import { movieLensLike } from '../data/movielens-like.js';

/**
 * Measures the seconds of one epoch of Mult-VAE with the real trainer: batches, steps, progress on stderr, the check of
 * every parameter, and the final checkpoint. It skips validation.
 *
 * @param args - `--users 116677 --items 20108 --clicks 82`, the shape of MovieLens 20M under the protocol;
 *   `--dtype f32`, `--backend NAME`
 */
export async function epochBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '116677' },
      items: { type: 'string', default: '20108' },
      clicks: { type: 'string', default: '82' },
      dtype: { type: 'string', default: 'f32' },
      backend: { type: 'string' },
    },
  });
  const engine = await openEngine(values.backend ? parseBackendName(values.backend) : undefined);
  const train = movieLensLike(Number(values.users), Number(values.items), Number(values.clicks));
  const config = parseConfig('mult-vae', { epochs: 1, precision: values.dtype });
  const folder = mkdtempSync(join(tmpdir(), 'multvae-epoch-'));
  const begin = performance.now();
  try {
    await trainNetwork({
      engine,
      network: networkOf(config, train.columns),
      origin: {
        config,
        protocol: { ...paperProtocol, heldoutUsers: 10_000 },
        dataHash: '',
        backend: engine.name,
      },
      train,
      validate: async () => 0,
      folder,
      onStep: reportProgress(),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const line = {
    bench: 'epoch',
    case: `${train.rows} users, ${train.clicks} clicks, ${train.columns} items, batch ${config.batchSize}, ${values.dtype}, ${engine.name}: ${engine.version}`,
    value: Number(((performance.now() - begin) / 1000).toFixed(1)),
    unit: 's',
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A callback that prints a line on stderr at most every two seconds. */
function reportProgress(): (step: StepRecord) => void {
  let last = Date.now();
  return ({ updates, plannedUpdates, loss, usersPerS }) => {
    if (Date.now() - last < 2000) return;
    last = Date.now();
    console.error(
      `${updates} of ${plannedUpdates} updates, loss ${loss.toFixed(2)}, ${Math.round(usersPerS)} users/s`,
    );
  };
}
