/** Switches the mutant of the run before off while files load. Stryker switches the next one on before the tests. */
import { inject } from 'vitest';

const provided = inject as (name: string) => unknown;
const state = globalThis as Record<string, unknown> & typeof globalThis;
if (provided('mode') === 'mutant' && provided('mutantActivation') !== 'static') {
  const stryker = state[provided('globalNamespace') as string] as { activeMutant?: string };
  delete stryker.activeMutant;
}
