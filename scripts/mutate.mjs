/**
 * Changes one room's code in small ways (mutants) and counts those that the tests notice.
 *
 *   node scripts/mutate.mjs ROOM [--files GLOB] [--sample SHARE[:SEED]] [--concurrency N] [--force]
 *
 * A mutant that no test notices survives. Look at each survivor: write the test that notices it, or name it as
 * equivalent with `// Stryker disable next-line MUTATOR: reason`. Results are kept in .cache/mutation, and the next
 * run of the room tries only what has changed. `--sample 0.25:7` tries a random quarter of the mutants, with seed 7, and
 * says how far the score of the whole room may be from that of the sample.
 */

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { interval, readSample } from './mutation/sample.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The tests of a room beside those in its own folder: the nearest ones outside. */
const rooms = {
  eval: [],
  model: [
    'test/contracts/recommender.test.ts',
    'test/contracts/mult-vae-step.test.ts',
    'test/contracts/mult-dae-step.test.ts',
    'test/contracts/rec-vae-step.test.ts',
    'test/integration/inference-thread.test.ts',
    'test/integration/models.test.ts',
  ],
  data: [
    'test/contracts/store/*.test.ts',
    'test/integration/copy.test.ts',
    'test/integration/shared-searches.test.ts',
    'src/cli/commands/import.test.ts',
    'src/home/data-sets.test.ts',
    'src/home/home.test.ts',
  ],
  runs: ['test/integration/shared-runs.test.ts', 'test/integration/copy.test.ts'],
  serving: [
    'test/integration/api.test.ts',
    'test/integration/rules.test.ts',
    'test/integration/new-items.test.ts',
    'test/integration/baskets.test.ts',
    'test/integration/similar-items.test.ts',
    'test/integration/item-availability.test.ts',
    'test/integration/other-data.test.ts',
    'test/integration/latent-space.test.ts',
  ],
  api: [
    'test/integration/api.test.ts',
    'test/integration/api-contract.test.ts',
    'test/integration/plain-requests.test.ts',
    'test/integration/rules.test.ts',
    'test/integration/lists.test.ts',
    'test/integration/live.test.ts',
    'test/integration/baskets.test.ts',
    'test/integration/item-availability.test.ts',
    'test/integration/store-gone.test.ts',
    'test/integration/latent-space.test.ts',
  ],
};

/** What the tests of a room read, beside its own code. Copying less is faster. */
const ignored = [
  '/bench',
  '/dist',
  '/docs',
  '/examples',
  '/web/src',
  '/.cache',
  '/peers-venv',
  '/README.md',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', multiple: true },
    sample: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    force: { type: 'boolean', default: false },
  },
});
const [room] = positionals;
if (positionals.length !== 1 || !Object.hasOwn(rooms, room)) {
  console.error(`Name one room: npm run mutate -- ${Object.keys(rooms).join(' | ')}`);
  process.exit(2);
}

const sample = values.sample === undefined ? null : readSample(values.sample);
const part = sample === null ? '' : `-${sample.share}-${sample.seed}`;
const folder = join(root, '.cache', 'mutation', room);
mkdirSync(folder, { recursive: true });
process.chdir(root);
// Arbitrary requests are for finding what nobody thought of; for a known change a few will do.
process.env.MULTVAE_FUZZ_RUNS ??= '5';
process.env.MULTVAE_MUTATE_TESTS = JSON.stringify([`src/${room}/**/*.test.ts`, ...rooms[room]]);

// Only now: Stryker reads the environment of its process.
const { Stryker } = await import('@stryker-mutator/core');
const results = await new Stryker({
  testRunner: 'vitest',
  plugins: [
    '@stryker-mutator/vitest-runner',
    join(root, 'scripts/mutation/wording.mjs'),
    join(root, 'scripts/mutation/sample.mjs'),
    join(root, 'scripts/mutation/as-it-goes.mjs'),
  ],
  checkers: sample === null ? [] : ['sample'],
  ...(sample !== null && { sample }),
  vitest: {
    configFile: 'scripts/mutation/vitest.config.ts',
    related: values.files !== undefined,
  },
  mutate: values.files ?? [`src/${room}/**/*.ts`, `!src/${room}/**/*.test.ts`],
  ignorers: ['wording'],
  ignoreStatic: true,
  coverageAnalysis: 'perTest',
  concurrency: Number(values.concurrency),
  // A loop without end is found by its count of hits first; the time-out is for what waits. It is long, because a
  // slow machine must not count as a test that notices.
  timeoutMS: 20_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 20,
  incremental: true,
  incrementalFile: join(folder, `incremental${part}.json`),
  force: values.force,
  ignorePatterns: ignored,
  tempDirName: join('.cache', 'mutation', 'sandbox'),
  reporters: ['as-it-goes', 'clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
  htmlReporter: { fileName: join(folder, `report${part}.html`) },
  jsonReporter: { fileName: join(folder, `report${part}.json`) },
  thresholds: { high: 90, low: 85, break: 85 },
  // Nothing type-checks the sandbox. Naming no tsconfig keeps Stryker from rewriting it, which needs an older TypeScript.
  disableTypeChecks: false,
  tsconfigFile: 'none',
}).runMutationTest();

const count = (status) => results.filter((mutant) => mutant.status === status).length;
const killed = count('Killed');
const timeouts = count('Timeout');
const unnoticed = count('Survived') + count('NoCoverage');
const tried = killed + timeouts + unnoticed;
const percent = (share) => `${(100 * share).toFixed(1)} %`;
console.log(
  `${room}: ${tried} mutants, ${killed} killed, ${timeouts} timed out, ${unnoticed} unnoticed (${count('NoCoverage')} in code that no test runs): ${percent((killed + timeouts) / tried)}`,
);
if (sample !== null) {
  const [low, high] = interval(killed + timeouts, tried).map(percent);
  const all = tried + count('CompileError');
  console.log(`A sample of ${all} mutants: the whole is between ${low} and ${high} (95 %).`);
}
console.log(`The report is ${join(folder, `report${part}.html`)}`);
