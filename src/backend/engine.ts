import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The TensorFlow.js namespace. Model code takes it as an argument and never imports it: the Node.js
 * bindings bring a copy of their own, and only that copy knows their backend.
 */
export type TensorFlow = typeof import('@tensorflow/tfjs');

/** The TensorFlow.js backends that this package can compute on. */
export const backendNames = ['tensorflow', 'webgpu', 'native', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** A backend that computes here. */
export interface Engine {
  readonly name: BackendName;
  /** The package and version that computes, such as `tfjs-node 4.22.0 (TensorFlow 2.9.1)`. */
  readonly version: string;
  /** What the arithmetic runs on. */
  readonly device: 'gpu' | 'cpu';
  readonly tf: TensorFlow;
  /**
   * Says how many threads compute from now on, the calling one included; only where this package decides that.
   * Results do not depend on it, and it may be said before every call.
   */
  setThreads?(count: number): void;
}

/** Where optional packages are looked for: beside this package, then in the working folder; both honour NODE_PATH. */
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

/** Whether `requireOptional` would find a package; it is not loaded. */
export function isOptionalThere(name: string): boolean {
  return resolveOptional(name) !== null;
}

function resolveOptional(name: string): { require: NodeJS.Require; path: string } | null {
  for (const root of roots) {
    const require = createRequire(root);
    try {
      return { require, path: require.resolve(name) };
    } catch {
      // Perhaps it is below the other root.
    }
  }
  return null;
}

/** Stops TensorFlow.js from advertising and warning on the console; its errors are still thrown. */
export function silence(tf: TensorFlow): void {
  tf.env().set('PROD', true);
}
