import type { RandomStream } from '../../random.js';
import type { TensorFlow } from '../engine.js';
import { loadNativeKernels } from '../native/addon.js';

/** The next `count` standard normals of a stream: the same bits on every backend. */
export function standardNormals(tf: TensorFlow, stream: RandomStream, count: number): Float32Array {
  if (tf.getBackend() !== 'native') return stream.normals(count);
  const kernels = loadNativeKernels();
  return stream.normals(count, (state, pairs) => kernels.normals(state, pairs));
}
