/** Finds and loads the addon. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BackendError } from '../../errors.js';
import { oneLine } from '../engine.js';
import { checkInstructionSet, refusedInstructionSet } from './instruction-set.js';
import { type NativeKernels, nativeKernels } from './kernels.js';

const require = createRequire(import.meta.url);
const packageRoot = new URL('../../../', import.meta.url);

let loaded: NativeKernels | undefined;

/**
 * Loads the addon: the binary that was compiled here, else the one that came with the package.
 *
 * @throws BackendError that says why no addon loads, and what to do
 * @throws ArgumentError when `$MULTVAE_ISA` names an instruction set that this processor lacks
 */
export function loadNativeKernels(): NativeKernels {
  if (loaded) return loaded;
  checkInstructionSet();
  const places = [
    'native/build/Release/multvae.node',
    `prebuilds/${process.platform}-${process.arch}/multvae.node`,
  ];
  const failures: string[] = [];
  for (const place of places) {
    const path = fileURLToPath(new URL(place, packageRoot));
    if (!existsSync(path)) continue;
    try {
      const kernels = nativeKernels(require(path), path);
      kernels.info();
      loaded = kernels;
      return loaded;
    } catch (error) {
      const refused = refusedInstructionSet(error);
      if (refused !== null) throw refused;
      failures.push(`${place} does not load: ${oneLine(error)}`);
    }
  }
  throw new BackendError(
    failures.length === 0 ? whyNotBuilt() : `${failures.join('; ')}; ${howToBuild}`,
  );
}

const howToBuild =
  '`npm run build:native` builds it for this machine, or in a project that uses multvae `npm rebuild multvae`, once its package.json has "allowScripts": { "multvae": true } (it needs a C++ compiler, make and Python 3)';

/** The reason that the build script stored when it failed. */
function whyNotBuilt(): string {
  const report = fileURLToPath(new URL('native/build/failure.txt', packageRoot));
  if (existsSync(report)) return readFileSync(report, 'utf8').trim();
  return `the native addon has not been built; ${howToBuild}`;
}
