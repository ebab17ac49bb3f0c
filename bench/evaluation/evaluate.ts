/** Benchmark of evaluation: scoring, ranking and all metrics. */

import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import type { UserId } from '../../src/data/ids.js';
import type { HeldOutUsers } from '../../src/data/split/users.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { MultVae, multVaeArchitecture } from '../../src/model/autoencoder/mult-vae.js';
import { initialWeights, uploadWeights } from '../../src/model/autoencoder/weights.js';
import { Popularity } from '../../src/model/popularity.js';
import type { Recommender } from '../../src/model/recommender.js';
import { movieLensLike } from '../data/movielens-like.js';
import { median } from '../median.js';

/**
 * Measures the seconds to score and rank held-out users and to compute every metric at K = 20, 50, 100.
 *
 * It evaluates a Mult-VAE of the paper's widths with random weights, and popularity, whose whole cost is ranking and
 * metrics.
 *
 * @param args - `--users 600 --items 3497 --clicks 95`, the shape of MovieLens 1M under the protocol;
 *   `--backend NAME`; `--repeats 5`: the median of so many runs is reported
 */
export async function evaluateBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      backend: { type: 'string' },
      repeats: { type: 'string', default: '5' },
      users: { type: 'string', default: '600' },
      items: { type: 'string', default: '3497' },
      clicks: { type: 'string', default: '95' },
    },
  });
  const users = Number(values.users);
  const items = Number(values.items);
  const clicks = Number(values.clicks);
  const engine = await openEngine(values.backend ? parseBackendName(values.backend) : undefined);
  const shape = multVaeArchitecture(parseConfig('mult-vae'), items);
  const weights = uploadWeights(engine.tf, initialWeights(shape, 1), shape);
  const models: Recommender[] = [
    new MultVae(engine, { shape }, weights, 'multinomial'),
    new Popularity(Array.from({ length: items }, (_, item) => items - item)),
  ];
  const heldOutUsers = heldOutFifths(movieLensLike(users, items, clicks));
  for (const model of models) {
    const seconds: number[] = [];
    await evaluate(model, heldOutUsers, [20, 50, 100]); // warms up: compiles and allocates
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const begin = performance.now();
      await evaluate(model, heldOutUsers, [20, 50, 100]);
      seconds.push((performance.now() - begin) / 1000);
    }
    const line = {
      bench: 'evaluate',
      case: `${model.model}, ${users} users x ${items} items, ${model.model === 'popularity' ? 'no backend' : engine.name}`,
      value: Number(median(seconds).toFixed(4)),
      unit: 's',
      min: Number(Math.min(...seconds).toFixed(4)),
      max: Number(Math.max(...seconds).toFixed(4)),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    model.dispose();
  }
}

/** Hides the last fifth of each user's clicks. */
function heldOutFifths(clicks: ClickMatrix): HeldOutUsers {
  const rows = Array.from({ length: clicks.rows }, (_, u) => clicks.row(u));
  const kept = (row: Int32Array) => row.length - Math.trunc(row.length / 5);
  return {
    users: rows.map((_, u) => `${u}` as UserId),
    foldIn: ClickMatrix.fromRows(
      clicks.columns,
      rows.map((row) => row.subarray(0, kept(row))),
    ),
    heldOut: ClickMatrix.fromRows(
      clicks.columns,
      rows.map((row) => row.subarray(kept(row))),
    ),
  };
}
