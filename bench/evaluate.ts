import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../src/backend/select.js';
import { parseConfig } from '../src/config.js';
import { ClickMatrix } from '../src/data/click-matrix.js';
import type { UserId } from '../src/data/ids.js';
import { evaluate } from '../src/eval/evaluate.js';
import { MultVae } from '../src/model/mult-vae.js';
import { Popularity } from '../src/model/popularity.js';
import type { Recommender } from '../src/model/recommender.js';
import { architecture, initialWeights, uploadWeights } from '../src/model/weights.js';
import { RandomStream } from '../src/random.js';

/** MovieLens 1M under the protocol: 600 test users, 3,497 items, about 95 clicks a user. */
const users = 600;
const items = 3497;
const clicksPerUser = 95;

/**
 * Seconds to evaluate held-out users of MovieLens 1M's shape at K = 20, 50, 100: a Mult-VAE of the paper's
 * widths with random weights, and popularity, where ranking and metrics are the whole cost.
 *
 * @param args - `--backend NAME`, `--repeats N` (default 5; the median counts)
 */
export async function evaluateBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { backend: { type: 'string' }, repeats: { type: 'string', default: '5' } },
  });
  const engine = await openEngine(values.backend ? parseBackendName(values.backend) : undefined);
  const shape = architecture(parseConfig('mult-vae'), items);
  const weights = uploadWeights(engine.tf, initialWeights(shape, 1), shape);
  const models: Recommender[] = [
    new MultVae(engine, shape, weights, 'multinomial'),
    new Popularity(Array.from({ length: items }, (_, item) => items - item)),
  ];
  const heldOutUsers = randomUsers();
  for (const model of models) {
    const seconds: number[] = [];
    await evaluate(model, heldOutUsers, [20, 50, 100]); // compiles, allocates
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const begin = performance.now();
      await evaluate(model, heldOutUsers, [20, 50, 100]);
      seconds.push((performance.now() - begin) / 1000);
    }
    seconds.sort((a, b) => a - b);
    const line = {
      bench: 'evaluate',
      case: `${model.model}, ${users} users x ${items} items, ${model.model === 'popularity' ? 'no backend' : engine.name}`,
      value: Number(seconds[Math.floor(seconds.length / 2)]!.toFixed(4)),
      unit: 's',
      min: Number(seconds[0]!.toFixed(4)),
      max: Number(seconds.at(-1)!.toFixed(4)),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    model.dispose();
  }
}

function randomUsers() {
  const random = new RandomStream(1, 'evaluate bench');
  const foldIn: Int32Array[] = [];
  const heldOut: Int32Array[] = [];
  for (let u = 0; u < users; u++) {
    const clicks = random.permutation(items).slice(0, clicksPerUser);
    const hidden = Math.trunc(clicksPerUser / 5);
    heldOut.push(clicks.slice(0, hidden));
    foldIn.push(clicks.slice(hidden));
  }
  return {
    users: foldIn.map((_, u) => `${u}` as UserId),
    foldIn: ClickMatrix.fromRows(items, foldIn),
    heldOut: ClickMatrix.fromRows(items, heldOut),
  };
}
