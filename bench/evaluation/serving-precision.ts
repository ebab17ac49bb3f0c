/** The accuracy that runs lose in the precisions of `multvae serve`. */

import { parseArgs } from 'node:util';
import { layerPrecisions } from '../../src/backend/packed-layer.js';
import { openEngine } from '../../src/backend/select.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { RunStore } from '../../src/runs/store.js';

/**
 * Measures the NDCG@100 of runs on their test users in every precision of `serve --precision`, and the share of the
 * first 100 items that equals f32's. It measures no time.
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
      const model = await loadRecommender(run, () => openEngine(), { precision });
      const { metrics } = await evaluate(model, run.split.test, [100]);
      const { items } = await model.topN(foldIn, 100, foldIn);
      model.dispose();
      const places = new Set(Array.from(items, (item, k) => `${Math.floor(k / 100)} ${item}`));
      const value = metrics['ndcg@100']!.mean;
      if (precision === 'f32') {
        reference = value;
        exact = places;
      }
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
