import {
  isGenerative,
  judgeProfiles,
  loadRecommender,
  openEngine,
  RunStore,
  wholeProfiles,
} from 'multvae';

const [home = '.multvae'] = process.argv.slice(2);
const runs = new RunStore(home);
const run = runs.load(runs.active() ?? '');
const model = await loadRecommender(run, () => openEngine());
if (!isGenerative(model)) throw new Error(`${run.id} has no prior to draw from`);

const people = wholeProfiles(run.split.test);
const { mean, spread, dimensions } = await model.encode(people);
const { elbo } = await model.elbo(people);
const anomalies = await judgeProfiles(model, people, wholeProfiles(run.split.validation));
const { users } = run.split.test;
console.log(
  `user ${users[0]}: z is ${mean[0].toFixed(2)} ± ${spread[0].toFixed(2)} in the first of ${dimensions} dimensions`,
);
console.log(
  `its clicks have an ELBO of ${elbo[0].toFixed(0)} nats, ${anomalies[0].score.toFixed(1)} sd from what is usual for so many`,
);

const synthetic = await model.sample([5, 5, 5], 1);
const { items } = run.vocabulary;
for (let k = 0; k < synthetic.rows; k++) {
  console.log(`nobody clicked ${Array.from(synthetic.row(k), (item) => items[item]).join(', ')}`);
}
model.dispose();
