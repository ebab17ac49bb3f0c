/** Finds and loads packages that need not be installed. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Optional packages are looked up beside this package, then in the working folder. Both honour NODE_PATH. */
const roots = [fileURLToPath(import.meta.url), join(process.cwd(), 'package.json')];

/**
 * Loads an optional CommonJS package.
 *
 * @returns null when it is not installed
 * @throws what the package throws while it loads
 */
export function requireOptional(name: string): unknown {
  const found = resolveOptional(name);
  return found === null ? null : found.require(found.path);
}

/** Whether `requireOptional` would find a package. Does not load it. */
export function isOptionalThere(name: string): boolean {
  return resolveOptional(name) !== null;
}

function resolveOptional(name: string): { require: NodeJS.Require; path: string } | null {
  for (const root of roots) {
    const require = createRequire(root);
    try {
      return { require, path: require.resolve(name) };
    } catch {
      // It may be below the other root.
    }
  }
  return null;
}
