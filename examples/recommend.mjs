// Recommendations for one user of a home that `npm start` (or `multvae train`) has filled.
//
//   node examples/recommend.mjs [USER_ID] [HOME]
import { openHome } from 'multvae';

const [userId = '7', folder = '.multvae'] = process.argv.slice(2);
const home = await openHome(folder);
const { source, items } = await home.recommend(userId, { n: 5 });
console.log(`for user ${userId}, by ${source}:`);
for (const { rank, title, genres } of items) {
  console.log(`${rank}. ${title} [${genres.join(', ')}]`);
}
await home.close();
