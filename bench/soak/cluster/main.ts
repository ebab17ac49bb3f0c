/** `npm run cluster-test [-- --minutes N --seed N]`: the cluster test in full, one JSON line a minute and a summary. */

import { parseArgs } from 'node:util';
import { clusterMissing, clusterTest } from './cluster.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const missing = clusterMissing();
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('cluster-test: --minutes is a number above 0, --seed an integer\n');
  process.exitCode = 2;
} else if (missing !== null) {
  print({ skipped: missing });
} else {
  const { passed } = await clusterTest({
    minutes,
    seed,
    users: 120,
    events: 30,
    cutMs: 10_000,
    downMs: 2000,
    pauseMs: 20,
    restMs: 2000,
    slackMs: 500,
    onLine: print,
  });
  if (!passed) process.exitCode = 1;
}
