/** Metrics of trained runs under two other evaluation protocols. */

import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import type { HeldOutUsers } from '../../src/data/split/users.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { runLabels } from '../../src/eval/run-labels.js';
import { splitDifference } from '../../src/eval/same-split.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { Popularity } from '../../src/model/popularity.js';
import type { Recommender } from '../../src/model/recommender.js';
import { RandomStream } from '../../src/random.js';
import { RunStore } from '../../src/runs/store.js';

/** The number of sampled items that each hidden item is ranked among, as in NCF (He et al. 2017). */
const negatives = 100;
const cutoff = 10;

/**
 * Measures trained runs under this package's protocol and two others, on the same test users.
 *
 * One ranks each hidden item among sampled items. The other divides recall by the number of all hidden items.
 *
 * @param args - `--home DIR RUN…`, `--backend NAME`, `--seed N` for the sampled items (default: 1)
 */
export async function otherProtocolsBench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      home: { type: 'string', default: '.multvae' },
      backend: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const store = new RunStore(values.home);
  const runs = positionals.map((id) => store.load(id));
  const difference = splitDifference(runs, 'test');
  if (difference !== null) {
    throw new Error(`${difference.first} and ${difference.second}: ${difference.text}`);
  }
  const users = runs[0]!.split.test;
  const open = () => openEngine(values.backend ? parseBackendName(values.backend) : undefined);
  const labels = [...runLabels(runs), 'popularity'];
  for (const [m, label] of labels.entries()) {
    const run = runs[m];
    const model = run
      ? await loadRecommender(run, open)
      : new Popularity(runs[0]!.vocabulary.trainClicks);
    const print = (protocol: string, measured: Record<string, number>) => {
      for (const [metric, value] of Object.entries(measured)) {
        const line = { bench: 'other-protocols', case: `${label}, ${protocol}, ${metric}` };
        process.stdout.write(
          `${JSON.stringify({ ...line, value: +value.toFixed(4), unit: '' })}\n`,
        );
      }
    };
    print('this package', await ownMetrics(model, users));
    const ranks = await hiddenRanks(model, users, Number(values.seed));
    print('each hidden click among all other items', leaveOneOut(ranks.map(({ whole }) => whole)));
    print(
      `each hidden click among ${negatives} sampled items`,
      leaveOneOut(ranks.map(({ sampled }) => sampled)),
    );
    print('recall ÷ hidden', await undividedRecall(model, users));
    model.dispose();
  }
}

async function ownMetrics(model: Recommender, users: HeldOutUsers) {
  const { metrics } = await evaluate(model, users, [20, 50, 100]);
  return {
    'ndcg@100': metrics['ndcg@100']!.mean,
    'recall@20': metrics['recall@20']!.mean,
    'recall@50': metrics['recall@50']!.mean,
  };
}

/** The ranks of one user's hidden clicks, from 1: among all items, and among sampled ones. */
interface HiddenRanks {
  readonly whole: number[];
  readonly sampled: number[];
}

/** Ranks each hidden click among the items that its user never clicked: among all of them, and among a sample. */
async function hiddenRanks(
  model: Recommender,
  { foldIn, heldOut }: HeldOutUsers,
  seed: number,
): Promise<HiddenRanks[]> {
  const ranks: HiddenRanks[] = [];
  for (let u = 0; u < foldIn.rows; u++) {
    const hidden = heldOut.row(u);
    if (hidden.length === 0) continue;
    const scores = await model.score(foldIn.slice(u, u + 1));
    const clicked = new Set([...foldIn.row(u), ...hidden]);
    const others = [...scores.keys()].filter((item) => !clicked.has(item));
    // A user's sample is the same for every model.
    const random = new RandomStream(seed, 'sampled negatives', u);
    const before = (a: number, b: number) =>
      scores[a]! > scores[b]! || (scores[a] === scores[b] && a < b);
    const rankAmong = (item: number, rivals: number[]) =>
      1 + rivals.filter((rival) => before(rival, item)).length;
    const sample = () =>
      Array.from(random.permutation(others.length).slice(0, negatives), (k) => others[k]!);
    ranks.push({
      whole: Array.from(hidden, (item) => rankAmong(item, others)),
      sampled: Array.from(hidden, (item) => rankAmong(item, sample())),
    });
  }
  return ranks;
}

/** Hit rate and NDCG at 10 for single relevant items: the mean over a user's hidden clicks, then over users. */
function leaveOneOut(ranks: readonly (readonly number[])[]) {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const overUsers = (gain: (rank: number) => number) =>
    mean(ranks.map((user) => mean(user.map((rank) => (rank <= cutoff ? gain(rank) : 0)))));
  return {
    [`hit@${cutoff}`]: overUsers(() => 1),
    [`ndcg@${cutoff}`]: overUsers((rank) => 1 / Math.log2(rank + 1)),
  };
}

/** Recall as hits ÷ hidden items, for all users and for those with more hidden items than the cutoff. */
async function undividedRecall(model: Recommender, users: HeldOutUsers) {
  const ks = [20, 50];
  const { perUser } = await evaluate(model, users, ks);
  return Object.fromEntries(
    ks.flatMap((k) => {
      const divided = Array.from(perUser.metrics[`recall@${k}`]!);
      const hidden = perUser.heldOutCounts;
      const recall = divided.map((value, u) => (value * Math.min(k, hidden[u]!)) / hidden[u]!);
      const many = [...hidden.keys()].filter((u) => hidden[u]! > k);
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      return [
        [`recall@${k}`, mean(recall)],
        [
          `recall@${k} of the ${many.length} with more than ${k} hidden`,
          mean(many.map((u) => recall[u]!)),
        ],
        [`recall@${k} of these ÷ min(K, hidden)`, mean(many.map((u) => divided[u]!))],
        [`best possible recall@${k}`, mean(Array.from(hidden, (h) => Math.min(k, h) / h))],
      ];
    }),
  );
}
