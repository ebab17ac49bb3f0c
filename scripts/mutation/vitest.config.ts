/** The tests that `npm run mutate` runs: those of one room, which it passes in an environment variable. */
import { defineConfig } from 'vitest/config';
import { keptThread } from './kept-thread.js';
import { QuickestFirst } from './quickest-first.js';

export default defineConfig({
  plugins: [
    {
      name: 'kept-thread',
      // Stryker asks for Vitest's threads on its command line, which wins over this file; so it is changed afterwards.
      configureVitest: ({ project }) => {
        Object.assign(project.config, { pool: keptThread.name, poolRunner: keptThread });
      },
    },
  ],
  test: {
    root: process.cwd(),
    include: JSON.parse(process.env.MULTVAE_MUTATE_TESTS ?? '[]'),
    setupFiles: ['scripts/mutation/load-unmutated.ts'],
    fileParallelism: false,
    sequence: { sequencer: QuickestFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
