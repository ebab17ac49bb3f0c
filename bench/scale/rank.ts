/** One process of the benchmark `distributed`: `rank.ts ITEMS BATCH STEPS`. The first one prints what all measured. */

import { ItemPart } from '../../src/backend/collective/item-part.js';
import { joinMpi } from '../../src/backend/collective/mpi.js';
import { openEngine } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { uploadWeights } from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import { trainingStep } from '../../src/model/training/training-step.js';
import { RandomStream } from '../../src/random.js';
import { movieLensLike } from '../data/movielens-like.js';
import { median } from '../median.js';
import type { RankMeasures } from './distributed.js';
import { TimedCollective } from './timed-collective.js';

const users = 3000;
const clicksAUser = 73;
const warmUpSteps = 2;

const [items, batch, steps] = process.argv.slice(2).map(Number) as [number, number, number];
const { collective, library, finish } = joinMpi();
const timed = new TimedCollective(collective);
const engine = await openEngine('native', { threads: 1 });
const config = parseConfig('mult-vae', { batchSize: batch });
const part = new ItemPart(items, timed);
const clicks = movieLensLike(users, items, clicksAUser);
const own = part.of(clicks);
const all = clicks.rowLengths();
const network = networkOf(config, part);
const optimizer = new Optimizer(
  engine.tf,
  uploadWeights(engine.tf, network.initialWeights(), network.shape),
  { learningRate: config.learningRate },
);
const random = new RandomStream(0, 'batches');
const stepMs: number[] = [];
const sumMs: number[] = [];
let sent = 0;
for (let step = 0; step < warmUpSteps + steps; step++) {
  const rows = Int32Array.from({ length: batch }, () => random.integer(users));
  const lengths = rows.map((u) => all[u]!);
  // All begin together.
  collective.any(false);
  const before = { at: performance.now(), inSums: timed.ms, bytes: collective.sentBytes };
  const input = { clicks: own.select(rows), lengths, update: step, beta: 0.2 };
  await trainingStep(engine.tf, network, optimizer, { ...input, pass: network.passes[0]! });
  if (step < warmUpSteps) continue;
  stepMs.push(performance.now() - before.at);
  sumMs.push(timed.ms - before.inSums);
  sent = collective.sentBytes - before.bytes;
}
const measured: RankMeasures = {
  library,
  engine: engine.version,
  stepMs: median(stepMs),
  sumMs: median(sumMs),
  sentBytes: sent,
  peakBytes: 1024 * process.resourceUsage().maxRSS,
};
const measures = collective
  .gather(Buffer.from(JSON.stringify(measured)))
  .map((bytes) => JSON.parse(Buffer.from(bytes).toString()));
if (collective.rank === 0) process.stdout.write(`${JSON.stringify(measures)}\n`);
finish();
