/** The tests that `npm run mutate` runs: those of one room, which it passes in an environment variable. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: process.cwd(),
    include: JSON.parse(process.env.MULTVAE_MUTATE_TESTS ?? '[]'),
    // One thread keeps the packages that it has loaded, so a mutant costs a fraction of a second. Mutants that run
    // while a file loads cannot be switched there, and `ignoreStatic` leaves them out.
    isolate: false,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
