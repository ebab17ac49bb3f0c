/** Measures how much of a step the native addon takes. */

import type { Engine } from '../../src/backend/engine.js';
import type { NativeBackend } from '../../src/backend/native/tensors.js';

/** Milliseconds spent inside the addon since the last reading, by function. */
export interface NativeClock {
  read(): Map<string, number>;
}

/** Starts timing every call into the addon. Null on other backends than `native`. */
export function watchNative({ name, tf }: Engine): NativeClock | null {
  if (name !== 'native') return null;
  const kernels = (tf.backend() as unknown as NativeBackend).kernels;
  const methods = kernels as unknown as Record<string, (...args: unknown[]) => unknown>;
  let spent = new Map<string, number>();
  for (const [method, original] of Object.entries(methods)) {
    if (['path', 'binding', 'info', 'setIsa', 'setThreads'].includes(method)) continue;
    methods[method] = (...args) => {
      const begin = performance.now();
      const result = original(...args);
      spent.set(method, (spent.get(method) ?? 0) + performance.now() - begin);
      return result;
    };
  }
  return {
    read: () => {
      const read = spent;
      spent = new Map();
      return read;
    },
  };
}
