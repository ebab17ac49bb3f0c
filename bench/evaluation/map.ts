/** Benchmark of the map of items: whether neighbours on it are alike. */

import { parseArgs } from 'node:util';
import { openEngine } from '../../src/backend/select.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { itemSpaceOf } from '../../src/model/item-space.js';
import { neighbourhoodMap } from '../../src/model/map/neighbourhoods.js';
import { sampledPlane } from '../../src/model/projection.js';
import { RunStore } from '../../src/runs/store.js';

const neighbours = 10;

/**
 * Measures the share of each item's ten nearest neighbours that share a genre with it: on the map by UMAP, on the plane
 * of principal components, by cosine in all dimensions, and for neighbours at random. Items without a genre are left
 * out.
 *
 * @param args - `--home DIR`, `--run ID` (default: the active run)
 */
export async function mapBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { home: { type: 'string', default: '.multvae' }, run: { type: 'string' } },
  });
  const store = new RunStore(values.home);
  const run = store.load(values.run ?? store.active() ?? '');
  const space = await itemSpaceOf(await loadRecommender(run, () => openEngine()));
  const database = RatingsDatabase.open(values.home);
  const entries = database.catalogue(run.vocabulary.items);
  database.close();
  const genres = entries.map((entry) => new Set(entry.genres));
  const items = Array.from(genres.keys()).filter((item) => genres[item]!.size > 0);
  const clicks = Int32Array.from(items, (item) => run.vocabulary.trainClicks[item]!);
  const vectors = new Float32Array(items.length * space.dimensions);
  for (const [k, item] of items.entries()) vectors.set(space.direction(item), k * space.dimensions);

  const began = performance.now();
  const near = await neighbourhoodMap({ vectors, dimensions: space.dimensions, clicks });
  const seconds = (performance.now() - began) / 1000;
  const plane = await sampledPlane((k) => space.direction(items[k]!), items.length, items.length);

  const share = (distancesFrom: (k: number) => ArrayLike<number>) => {
    let alike = 0;
    for (let k = 0; k < items.length; k++) {
      const distances = distancesFrom(k);
      const nearest = Array.from(items.keys())
        .filter((other) => other !== k)
        .sort((a, b) => distances[a]! - distances[b]!)
        .slice(0, neighbours);
      const own = genres[items[k]!]!;
      for (const other of nearest) {
        if ([...genres[items[other]!]!].some((genre) => own.has(genre))) alike += 1;
      }
    }
    return alike / (items.length * neighbours);
  };
  const onPlane = ({ x, y }: Pick<typeof near, 'x' | 'y'>) =>
    share((k) => x.map((value, other) => (value - x[k]!) ** 2 + (y[other]! - y[k]!) ** 2));
  const print = (name: string, value: number) =>
    process.stdout.write(`${name.padEnd(34)}${value.toFixed(3)}\n`);
  process.stdout.write(
    `${run.id}: ${items.length} items in ${space.dimensions} dimensions; the map took ${seconds.toFixed(1)} s\n`,
  );
  print('map (UMAP)', onPlane(near));
  print('plane of principal components', onPlane(plane));
  print(
    'all dimensions (cosine)',
    share((k) => space.cosines(items[k]!, items).map((cosine) => -cosine)),
  );
  print(
    'other items at random',
    share((k) => items.map((_, other) => ((other + 1) * 7919 * (k + 13)) % 10_007)),
  );
}
