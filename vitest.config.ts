/** How the tests run: most files three or more at a time, unit tests of one worker in one process; then those that depend on timing, one after another. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that need the machine for themselves, each with the reason. */
const alone = {
  'test/integration/cluster.test.ts':
    'three servers, a database and a proxy already use two processors',
  'test/integration/overload.test.ts': 'overloads servers and limits their memory',
};

// The addon's tests run in a folder that has some of these alone.
const unitFolders = ['src', 'scripts', 'web/src'].filter((folder) => existsSync(folder));
const units = unitFolders.map((folder) => `${folder}/**/*.test.ts`);
const noTests = ['**/node_modules/**', ...Object.keys(alone)];

/** Unit tests that put other modules or globals in the place of real ones. They must not meet other tests. */
const replacing = unitFolders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => /\bvi\.(mock|doMock|stubGlobal)\(/.test(readFileSync(path, 'utf8'))),
);

/** Integration tests that change nothing of their process, and start none but PostgreSQL: they run among the unit tests. */
const inProcess = [
  'answers',
  'api',
  'baskets',
  'copy',
  'item-availability',
  'latent-space',
  'lists',
  'live',
  'models',
  'new-items',
  'ordering',
  'other-data',
  'plain-requests',
  'real-imports',
  'reference-split',
  'remedies',
  'rules',
  'rules-cost',
  'sample',
  'similar-items',
  'store-gone',
  'swaps',
]
  .map((name) => `test/integration/${name}.test.ts`)
  .concat('test/contracts/store/*.test.ts');

const shared = {
  pool: 'forks',
  // However slow the machine is: what takes longer never ends. Vitest alone would poll for a second.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

/**
 * The files of `together` that take longest, longest first: they start or restart processes. Vitest sorts by the size of
 * a file where it has not measured it, so these would come last, one of them alone at the end.
 */
const longest = [
  'explorer',
  'packaging',
  'shared-tune',
  'postgres-faults',
  'several-processes',
  'resume',
  'nights',
  'reports',
  'shared-searches',
  'killed-import',
  'shared-runs',
  'faults',
  'copied-home',
  'postgres-serving',
  'docs-page',
  'home-0.1',
  'tune',
  'soak',
  'thirty-nights',
  'serving',
  'readers',
  'your-shop',
].map((name) => `/test/integration/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((path) => moduleId.endsWith(path));
      return place < 0 ? longest.length : place;
    };
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

// Vitest alone would take one worker on two processors. Many tests wait for processes and databases, so a third one has
// work.
const maxWorkers = Math.max(3, availableParallelism() - 1);

/** The addon's tests have none: they need no PostgreSQL. */
const template = 'test/fixtures/postgres-template.ts';

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: existsSync(template) ? [template] : [],
    projects: [
      {
        test: {
          ...shared,
          name: 'units',
          include: [...units, ...inProcess],
          exclude: [...noTests, ...replacing],
          // To load the modules anew for each file takes as long as the tests.
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.test.ts', ...replacing],
          exclude: [...noTests, ...inProcess],
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: Object.keys(alone),
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
