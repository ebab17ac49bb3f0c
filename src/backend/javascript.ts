/** The two backends that come with TensorFlow.js itself: plain JavaScript and WebAssembly. */

import { createRequire } from 'node:module';
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
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  if (!(await tf.setBackend('wasm'))) {
    throw new BackendError(
      'the WebAssembly module of @tensorflow/tfjs-backend-wasm could not be instantiated; run `npm install` again if one of its .wasm files is missing',
    );
  }
  return {
    name: 'wasm',
    version: `tfjs-backend-wasm ${wasm.version_wasm}`,
    device: 'cpu',
    tf,
  };
}
