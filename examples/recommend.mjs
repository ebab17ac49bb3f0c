// Recommendations for one user of a home that `npm start` (or `multvae train`) has filled.
//
//   node examples/recommend.mjs [USER_ID] [HOME]
import { loadRecommender, openEngine, RatingsDatabase, Recommendations, RunStore } from 'multvae';

const [userId = '7', home = '.multvae'] = process.argv.slice(2);
const database = RatingsDatabase.open(home);
const runs = new RunStore(home);
const run = runs.load(runs.active() ?? '');
const model = await loadRecommender(run, () => openEngine());
const recommendations = new Recommendations(database, run, model);
const options = { n: 5, excludeSeen: true, fallback: 'popularity' };
const { source, items } = await recommendations.recommend(userId, options);
console.log(`for user ${userId}, by ${source}:`);
for (const { rank, title, genres } of items)
  console.log(`${rank}. ${title} [${genres.join(', ')}]`);
