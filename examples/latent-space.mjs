// What a model with a latent space can do: a code, an ELBO, unusual users and synthetic ones.
//
//   node examples/latent-space.mjs [HOME]
import { isGenerative, judgeProfiles, openHome, wholeProfiles } from 'multvae';

const [folder = '.multvae'] = process.argv.slice(2);
const home = await openHome(folder);
const { models } = await home.serving();
await models.withModel(undefined, async ({ run, recommender }) => {
  if (!isGenerative(recommender)) throw new Error(`${run.id} has no prior to draw from`);
  const people = wholeProfiles(run.split.test);
  const { mean, spread, dimensions } = await recommender.encode(people);
  const { elbo } = await recommender.elbo(people);
  const reference = wholeProfiles(run.split.validation);
  const anomalies = await judgeProfiles(recommender, people, reference);
  console.log(
    `user ${run.split.test.users[0]}: z is ${mean[0].toFixed(2)} ± ${spread[0].toFixed(2)} in the first of ${dimensions} dimensions`,
  );
  console.log(
    `its clicks have an ELBO of ${elbo[0].toFixed(0)} nats, ${anomalies[0].score.toFixed(1)} sd from what is usual for so many`,
  );
});

const { users } = await home.sample({ count: 3, clicks: 5, seed: 1 });
for (const { items } of users) {
  console.log(`nobody clicked ${items.map(({ itemId }) => itemId).join(', ')}`);
}
await home.close();
