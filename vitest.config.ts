/** How the tests run: most files two or more at a time, unit tests of one worker in one process; then those that depend on timing, one after another. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that need the machine for themselves, each with the reason. */
const alone = {
  'src/api/gate/gatekeeper.test.ts': 'blocks the event loop and measures how late it is',
  'src/api/server.test.ts': 'closes connections by the clock',
  'src/data/store/sqlite/feedback/feedback-writer.test.ts': 'limits how long a writer waits',
  'test/integration/cluster.test.ts':
    'three servers, a database and a proxy already use two processors',
  'test/integration/overload.test.ts': 'overloads servers and limits their memory',
  'test/integration/serving.test.ts': 'signals must meet a server at its work',
  'test/integration/several-processes.test.ts':
    'a process that is silent for a while counts as hung',
  'test/native/process.test.ts': 'ends processes while their threads compute',
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

const shared = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // However slow the machine is. Vitest alone would poll for a second.
  expect: { poll: { timeout: 30_000 } },
} as const;

/**
 * The files of `together` that take longest, longest first: they start or restart processes. Vitest sorts by the size of
 * a file where it has not measured it, so these would come last, one of them alone at the end.
 */
const longest = [
  'explorer',
  'faults',
  'resume',
  'packaging',
  'killed-import',
  'soak',
  'copied-home',
  'killed-copy',
  'tune',
  'home-0.1',
  'readers',
  'storage-remedies',
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

// Vitest alone would take one worker on two processors.
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'units',
          include: units,
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
          exclude: noTests,
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
