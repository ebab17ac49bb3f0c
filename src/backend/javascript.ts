/** The two backends that come with TensorFlow.js itself: plain JavaScript and WebAssembly. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '../errors.js';
import { type Engine, silence, type TensorFlow } from './engine.js';

// Loaded through require: the ES module build of TensorFlow.js is not valid under Node.js.
const require = createRequire(import.meta.url);

/** The backend in plain JavaScript: always available, slow, and the reference for the others. */
export async function loadCpu(): Promise<Engine> {
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  silence(tf);
  return { name: 'cpu', version: `tfjs ${tf.version.tfjs}`, device: 'cpu', tf };
}

/**
 * The WebAssembly backend: one thread, with SIMD.
 *
 * @throws BackendError when this runtime cannot instantiate it
 */
export async function loadWasm(): Promise<Engine> {
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  silence(tf);
  requireModuleFile(require.resolve('@tensorflow/tfjs-backend-wasm'));
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  if (!(await tf.setBackend('wasm'))) {
    throw new BackendError(
      'the WebAssembly module of @tensorflow/tfjs-backend-wasm could not be instantiated by this Node',
    );
  }
  return {
    name: 'wasm',
    version: `tfjs-backend-wasm ${wasm.version_wasm}`,
    device: 'cpu',
    tf,
  };
}

/**
 * Checks that the WebAssembly module is beside the package's script. Without it the script prints lines of its own.
 *
 * @param script - the path of the package's script
 * @throws BackendError when it is missing
 */
export function requireModuleFile(script: string): void {
  const file = join(dirname(script), 'tfjs-backend-wasm-simd.wasm');
  if (existsSync(file)) return;
  throw new BackendError(
    `${file} is missing; \`npm install @tensorflow/tfjs-backend-wasm\` brings it back`,
  );
}
