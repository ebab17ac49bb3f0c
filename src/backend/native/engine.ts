/** Loads the backend `native`. */

import { createRequire } from 'node:module';
import { BackendError } from '../../errors.js';
import { packageVersion } from '../../version.js';
import { type Engine, silence, type TensorFlow } from '../engine.js';
import { loadNativeKernels } from './addon.js';
import { registerElementwise } from './elementwise.js';
import { registerFused } from './fused.js';
import { registerLayout } from './layout.js';
import { registerProducts } from './product.js';
import { NativeBackend } from './tensors.js';

const require = createRequire(import.meta.url);

/**
 * This package's own backend. It has every kernel of the JavaScript backend. The addon replaces those in
 * which a training step spends its time, and adds this package's own fused kernels.
 *
 * @throws BackendError that says why there is no addon for this machine, and what to do
 */
export async function loadNative(): Promise<Engine> {
  const kernels = loadNativeKernels();
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  silence(tf);
  // A higher priority than the JavaScript backend's, so that TensorFlow.js does not fall back to that.
  tf.registerBackend('native', () => new NativeBackend(kernels), 2);
  tf.copyRegisteredKernels('cpu', 'native');
  for (const register of [registerProducts, registerElementwise, registerLayout, registerFused]) {
    register(tf);
  }
  if (!(await tf.setBackend('native'))) throw new BackendError('the native backend did not start');
  return {
    name: 'native',
    device: 'cpu',
    tf,
    /** Read anew each time, because the number of threads can change. */
    get version() {
      const { isa, threads, bf16 } = kernels.info();
      const words = [
        isa,
        `${threads} thread${threads === 1 ? '' : 's'}`,
        ...(bf16 ? ['bf16'] : []),
      ];
      return `multvae ${packageVersion} (${words.join(', ')})`;
    },
    get arithmetic() {
      const { isa: instructionSet, threads } = kernels.info();
      return { instructionSet, threads };
    },
    setThreads: (count) => kernels.setThreads(count),
    freeMemory: () => (tf.findBackend('native') as NativeBackend).freeMemory(),
  };
}
