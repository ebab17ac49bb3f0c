/** The backend `tensorflow`: TensorFlow through its Node.js bindings. */

import util from 'node:util';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { BackendError } from '../errors.js';
import { isOptionalThere, requireOptional } from '../optional-packages.js';
import { type Engine, oneLine, silence, type TensorFlow } from './engine.js';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The used part of the backend object that both packages register. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    TF_Version: string;
    TF_ATTR_TYPE: number;
    TF_INT32: number;
    TF_FLOAT: number;
  };
  executeSingleOutput(
    name: string,
    attributes: readonly { name: string; type: number; value: number }[],
    inputs: readonly TensorInfo[],
  ): Tensor;
}

/** Whether one of the two packages is installed, loaded or not. */
export function isTensorflowInstalled(): boolean {
  return packages.some(isOptionalThere);
}

/**
 * TensorFlow itself, through the first of tfjs-node-gpu and tfjs-node that is installed.
 *
 * @throws BackendError when neither is installed, or none of the installed ones loads
 */
export async function loadTensorflow(): Promise<Engine> {
  restoreRemovedUtilities();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const failures: string[] = [];
  for (const name of packages) {
    try {
      const tf = requireOptional(name) as (TensorFlow & { node?: unknown }) | null;
      if (tf === null) continue;
      silence(tf);
      if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend did not start');
      const backend = tf.backend() as unknown as NodeBackend;
      registerSparseSegmentSum(tf, backend);
      const version = (tf.version as Record<string, string>)['tfjs-node'];
      return {
        name: 'tensorflow',
        version: `${name.slice('@tensorflow/'.length)} ${version} (TensorFlow ${backend.binding.TF_Version})`,
        device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
        tf,
      };
    } catch (error) {
      failures.push(
        `${name} is installed but does not load: ${oneLine(error)}; \`npm rebuild ${name} --build-addon-from-source\` builds its binary for this Node`,
      );
    }
  }
  throw new BackendError(
    failures.join('; ') ||
      'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed',
  );
}

/** tfjs-node 4.22 calls two functions that Node.js 23 removed. */
function restoreRemovedUtilities(): void {
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
}

/** Adds an operation that TensorFlow has and its Node.js bindings leave out. */
function registerSparseSegmentSum(tf: TensorFlow, backend: NodeBackend): void {
  if (tf.getKernel('SparseSegmentSum', 'tensorflow')) return;
  const { TF_ATTR_TYPE, TF_INT32, TF_FLOAT } = backend.binding;
  tf.registerKernel({
    kernelName: 'SparseSegmentSum',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs }) =>
      backend.executeSingleOutput(
        'SparseSegmentSum',
        [
          { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
          { name: 'Tidx', type: TF_ATTR_TYPE, value: TF_INT32 },
          { name: 'Tsegmentids', type: TF_ATTR_TYPE, value: TF_INT32 },
        ],
        [inputs.data!, inputs.indices!, inputs.segmentIds!],
      ),
  });
}
