/** Benchmark of training steps that sample their items, on growing catalogues. */

import { openEngine } from '../../src/backend/select.js';
import { handOver } from '../../src/backend/views.js';
import { parseConfig } from '../../src/config/parse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { SyntheticCatalogue } from '../../src/data/synthetic/catalogue.js';
import { layersOf, parameterShapes, uploadWeights } from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import { trainingStep } from '../../src/model/training/training-step.js';
import { median } from '../median.js';

const users = 5000;
const batchSize = 100;
const warmUpSteps = 2;
const timedSteps = 4;
const cases = [
  { items: 100_000, sampledItems: 10_000 },
  { items: 200_000, sampledItems: 10_000 },
  { items: 400_000, sampledItems: 10_000 },
  { items: 100_000, sampledItems: 0 },
];

/**
 * Prints, for each catalogue, the processor time of a step of Mult-VAE on one thread of `native`, in milliseconds, and
 * the items that the last batch clicked. All catalogues have 500,000 clicks. It takes 8 GB of memory.
 */
export async function sampledStepsBench(): Promise<void> {
  const engine = await openEngine('native');
  engine.setThreads!(1);
  const { tf } = engine;
  for (const { items, sampledItems } of cases) {
    const clicks = cataloguesClicks(items);
    const network = networkOf(parseConfig('mult-vae', { batchSize, sampledItems }), items);
    // Their values do not matter for the time, and drawing them takes long.
    const parameters = parameterShapes(layersOf(network.shape)).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.001);
      return [name, { shape, data }] as const;
    });
    const weights = uploadWeights(tf, Object.fromEntries(parameters), network.shape);
    handOver(tf, Object.values(weights));
    const optimizer = new Optimizer(tf, weights, { learningRate: 1e-3 });
    const pass = network.passes[0]!;
    const times: number[] = [];
    let clicked = 0;
    for (let update = 0; update < warmUpSteps + timedSteps; update++) {
      const chosen = Int32Array.from(
        { length: batchSize },
        (_, k) => (update * 100 + k * 7) % users,
      );
      const batch = clicks.select(chosen);
      clicked = new Set(batch.items).size;
      const began = process.cpuUsage();
      await trainingStep(tf, network, optimizer, { clicks: batch, update, beta: 0.1, pass });
      const { user, system } = process.cpuUsage(began);
      if (update >= warmUpSteps) times.push(Math.round((user + system) / 1000));
    }
    optimizer.dispose();
    const residentMb = Math.round(process.memoryUsage.rss() / 1e6);
    const line = {
      bench: 'sampled-steps',
      case: `${items} items, sampledItems ${sampledItems}, ${clicked} clicked`,
      value: Math.round(median(times)),
      unit: 'ms of processor time',
      times,
      resident_mb: residentMb,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

function cataloguesClicks(items: number): ClickMatrix {
  const catalogue = new SyntheticCatalogue({ users, items, clicks: 500_000 }, 1);
  const rows = Array.from(catalogue.users(), ({ count, items: own }) => own.slice(0, count));
  return ClickMatrix.fromRows(items, rows);
}
