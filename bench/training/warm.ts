/** Benchmark of a training that goes on from an earlier run, beside whole trainings. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../../src/backend/select.js';
import type { MultVaeConfig } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { readMaterial } from '../../src/home/material.js';
import type { Network } from '../../src/model/autoencoder/network.js';
import { scoringShape } from '../../src/model/autoencoder/network.js';
import { uploadWeights } from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { carriedWeights } from '../../src/model/training/carried-weights.js';
import { trainNetwork } from '../../src/model/training/trainer.js';
import { RandomStream } from '../../src/random.js';

/**
 * Trains a Mult-VAE on all training users; on nine tenths of them; and on all of them again in a third of the epochs,
 * once from the beginning and once from the weights of the second. All four are measured on the test users, and the
 * differences from the first are paired.
 *
 * @param args - `--home DIR`, a home with data; `--config FILE`; `--seed 1`; `--heldout-users 600`
 */
export async function warmBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      home: { type: 'string', default: '.multvae' },
      config: { type: 'string', default: 'configs/ml-1m.mult-vae.json' },
      seed: { type: 'string', default: '1' },
      'heldout-users': { type: 'string', default: '600' },
    },
  });
  const seed = Number(values.seed);
  const given = JSON.parse(readFileSync(values.config, 'utf8'));
  const config = parseConfig('mult-vae', { ...given, seed }, values.config);
  const { split, protocol } = await readMaterial(values.home, {
    heldoutUsers: Number(values['heldout-users']),
  });
  const engine = await openEngine();
  const { columns } = split.train;
  const measure = async (
    train: ClickMatrix,
    settings: MultVaeConfig,
    change: (network: Network) => Partial<Network> = () => ({}),
  ) => {
    const own = networkOf(settings, columns);
    const network = { ...own, ...change(own) };
    const folder = mkdtempSync(join(tmpdir(), 'multvae-warm-'));
    const before = process.cpuUsage();
    const trained = await trainNetwork({
      engine,
      network,
      origin: { config: settings, protocol, dataHash: '', backend: engine.name },
      train,
      folder,
      checkpointIntervalMs: Number.POSITIVE_INFINITY,
      validate: async (model) =>
        (await evaluate(model, split.validation, [100])).metrics['ndcg@100']!.mean,
    }).finally(() => rmSync(folder, { recursive: true }));
    const { user, system } = process.cpuUsage(before);
    const shape = scoringShape(network.shape);
    const model = network.recommender(engine, uploadWeights(engine.tf, trained.weights, shape));
    const { metrics, perUser } = await evaluate(model, split.test, [100]);
    model.dispose();
    const cpuS = Math.round((user + system) / 1e6);
    return { trained, cpuS, metric: metrics['ndcg@100']!, users: perUser.metrics['ndcg@100']! };
  };
  const third = { ...config, epochs: Math.ceil(config.epochs / 3) };
  const random = new RandomStream(seed, 'tenth');
  const rows = Array.from({ length: split.train.rows }, (_, u) => split.train.row(u));
  const most = ClickMatrix.fromRows(
    columns,
    rows.filter(() => random.float() >= 0.1),
  );
  const known = most.columnCounts();
  const earlierIndex = known.map((clicks, item) => (clicks > 0 ? item : -1));

  const whole = await measure(split.train, config);
  const report = (name: string, { trained, cpuS, metric, users }: typeof whole) => {
    const differences = users.map((value, u) => value - whole.users[u]!);
    const mean = differences.reduce((sum, value) => sum + value, 0) / users.length;
    const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const line = {
      bench: 'warm',
      case: `${name}, seed ${seed}, ${trained.log.length} epochs, kept ${trained.best.epoch}`,
      value: Number(metric.mean.toFixed(4)),
      unit: 'NDCG@100',
      se: Number(metric.se.toFixed(4)),
      difference: Number(mean.toFixed(4)),
      difference_se: Number((Math.sqrt(squares) / users.length).toFixed(4)),
      cpu_s: cpuS,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  report('all users', whole);
  const earlier = await measure(most, config);
  report('nine tenths of the users', earlier);
  report('all users, a third of the epochs', await measure(split.train, third));
  const { weights, best } = earlier.trained;
  const warm = await measure(split.train, third, (network) => ({
    initialWeights: () => carriedWeights(network, { weights, earlierIndex }),
    beta: () => best.beta,
  }));
  report('all users, a third of the epochs from the weights of nine tenths', warm);
}
