/** The accuracy that runs lose in the precisions of `multvae serve`. */

import { parseArgs } from 'node:util';
import { layerPrecisions } from '../../src/backend/packed-layer.js';
import { openEngine } from '../../src/backend/select.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { RunStore } from '../../src/runs/store.js';

/**
 * No time: NDCG@100 of runs on their test users as `serve --precision` would serve them, and how many of the first
 * 100 items are those of f32.
 *
 * @param args - `--home DIR RUN…`
 */
export async function servingPrecisionBench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { home: { type: 'string', default: '.multvae' } },
  });
  const store = new RunStore(values.home);
  for (const id of positionals) {
    const run = store.load(id);
    const { foldIn } = run.split.test;
    let reference = 0;
    let exact = new Set<string>();
    for (const precision of layerPrecisions) {
      const model = await loadRecommender(run, () => openEngine(), precision);
      const { metrics } = await evaluate(model, run.split.test, [100]);
      const { items } = await model.topN(foldIn, 100, foldIn);
      model.dispose();
      const places = new Set(Array.from(items, (item, k) => `${Math.floor(k / 100)} ${item}`));
      const value = metrics['ndcg@100']!.mean;
      if (precision === 'f32') [reference, exact] = [value, places];
      const shared = [...places].filter((place) => exact.has(place)).length / places.size;
      const line = {
        bench: 'serving-precision',
        case: `${id}, ${precision}, ndcg@100`,
        value: +value.toFixed(5),
        unit: '',
        loss: +(reference - value).toFixed(5),
        same_items: +shared.toFixed(4),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  }
}
