/** Benchmark of the memory that `train` announces for a network, beside what the training takes. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { openEngine } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { SyntheticCatalogue } from '../../src/data/synthetic/catalogue.js';
import { models } from '../../src/model/models.js';
import {
  networkMemory,
  type ScoringConfig,
  totalBytes,
} from '../../src/model/training/network-memory.js';
import { safetensorsParts } from '../../src/runs/safetensors.js';
import { writeDurably } from '../../src/storage/durable-files.js';
import { peakBytes, restartPeak } from './peak-memory.js';

interface Flags {
  readonly model: ScoringConfig['model'];
  readonly items: string;
  readonly users: string;
  readonly set: string;
}

/**
 * Prints the megabytes that are said of a training and the measured ones: the peak of two epochs and of writing the
 * weights, without what was held before.
 */
export async function networkMemoryBench(args: string[]): Promise<void> {
  const { model, items, users, set } = new Command('network-memory')
    .option('--model <name>', 'a network', 'mult-vae')
    .option('--items <n>', 'items', '100000')
    .option('--users <n>', 'training users, with 100 clicks each', '5000')
    .option('--set <json>', 'hyper-parameters', '{"sampledItems":10000,"batchSize":100}')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Flags>();
  const itemCount = Number(items);
  const config = parseConfig(model, { epochs: 2, ...(JSON.parse(set) as object) });
  const clicks = catalogueClicks(itemCount, Number(users));
  const engine = await openEngine('native');
  const heldOut = clicks.slice(0, 500);
  const folder = mkdtempSync(join(tmpdir(), 'multvae-memory-'));
  restartPeak();
  const before = process.memoryUsage.rss();
  try {
    const trained = await models.train({
      engine,
      folder,
      resume: false,
      train: clicks,
      origin: {
        config,
        protocol: { ratingThreshold: 3.5, minClicks: 5, heldoutUsers: 20, splitSeed: 1 },
        dataHash: '',
        backend: engine.name,
      },
      validate: async (recommender) => {
        await recommender.topN(heldOut, 100, heldOut);
        return 0;
      },
      learnWeights: () => Promise.reject(new Error('no ensemble')),
    });
    writeDurably(join(folder, 'weights'), safetensorsParts(trained.weights));
    const announced = totalBytes(networkMemory(config, clicks));
    const value = peakBytes() - before;
    const line = {
      bench: 'network-memory',
      case: `${model}, ${items} items`,
      announced_mb: Math.round(announced / 1e6),
      value: Math.round(value / 1e6),
      unit: 'MB',
      ratio: Number((announced / value).toFixed(3)),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function catalogueClicks(items: number, users: number): ClickMatrix {
  const catalogue = new SyntheticCatalogue({ users, items, clicks: 100 * users }, 1);
  const rows = Array.from(catalogue.users(), ({ count, items: own }) => own.slice(0, count));
  return ClickMatrix.fromRows(items, rows);
}
