// From a ratings file to recommendations, as a program does it.
//
//   node examples/library.mjs [RATINGS] [EPOCHS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome } from 'multvae';

const [ratings = 'sample', epochs = '20'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'multvae-library-'));
const home = await openHome(folder, { create: true });

const { dataset } = await home.import(ratings);
console.log(`${dataset.ratings} ratings by ${dataset.users} users of ${dataset.items} items`);

const run = await home.train({
  model: 'mult-vae',
  parameters: { epochs: Number(epochs), hiddenDims: [200], latentDim: 64, batchSize: 50 },
  onEpoch: ({ epoch, ndcg100 }) => console.log(`epoch ${epoch}: NDCG@100 ${ndcg100.toFixed(4)}`),
});

const { models } = await home.evaluate(run);
for (const { model, metrics } of models) {
  console.log(`${model}: test NDCG@100 ${metrics['ndcg@100'].mean.toFixed(4)}`);
}

const { items } = await home.recommend('42', { n: 5 });
console.log(`for user 42: ${items.map(({ title }) => title).join('; ')}`);

const basket = await home.recommendTo(['1', '50', '260'], { n: 5, explain: true });
for (const { rank, title, because } of basket.items) {
  // An item that no click of the basket raised has no reasons.
  const reasons = because.map((reason) => reason.title).join('; ');
  console.log(`${rank}. ${title}${reasons && `, because of ${reasons}`}`);
}

await home.close();
rmSync(folder, { recursive: true });
