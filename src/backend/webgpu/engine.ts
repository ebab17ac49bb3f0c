/** Loads the backend `webgpu`. */

import type { TensorInfo } from '@tensorflow/tfjs';
import { BackendError } from '../../errors.js';
import { requireOptional } from '../../optional-packages.js';
import { type Engine, oneLine, silence, type TensorFlow } from '../engine.js';
import { failAfterError, uploadThroughQueue, type WebgpuBackend } from './device.js';
import { registerWebgpuKernels } from './kernels.js';

/** The used part of the `webgpu` package, which is Dawn for Node.js. */
interface Dawn {
  readonly globals: Record<string, unknown>;
  create(flags: readonly string[]): Gpu;
}

interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<{
    readonly info: AdapterInfo;
  } | null>;
}

interface AdapterInfo {
  readonly vendor: string;
  /** Empty where the driver does not report it. */
  readonly architecture: string;
  readonly device: string;
  readonly isFallbackAdapter?: boolean;
}

/**
 * WebGPU through the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. A software adapter
 * computes too, but counts as `cpu`, so it is used only on request.
 *
 * @throws BackendError when a package is missing or there is no adapter
 */
export async function loadWebgpu(): Promise<Engine> {
  const dawn = requireOptional('webgpu') as Dawn | null;
  if (dawn === null) throw new BackendError('the package webgpu is not installed');
  const gpu = start(dawn);
  // As TensorFlow.js requests it.
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new BackendError('WebGPU finds no adapter on this machine');
  Object.assign(globalThis, dawn.globals);
  installOnNavigator(gpu);

  const backend = requireOptional('@tensorflow/tfjs-backend-webgpu') as {
    version_webgpu?: string;
  } | null;
  if (backend === null) {
    throw new BackendError('the package @tensorflow/tfjs-backend-webgpu is not installed');
  }
  const tf = requireOptional('@tensorflow/tfjs') as TensorFlow;
  silence(tf);
  if (!(await tf.setBackend('webgpu'))) throw new BackendError('the webgpu backend did not start');
  for (const product of ['BatchMatMul', '_FusedMatMul']) sumInOneOrder(tf, product);
  registerWebgpuKernels(tf);
  const computing = tf.backend() as unknown as WebgpuBackend;
  uploadThroughQueue(computing);
  failAfterError(computing);
  const { vendor, architecture, device, isFallbackAdapter } = adapter.info;
  const isSoftware = isFallbackAdapter === true || /swiftshader|llvmpipe/i.test(architecture);
  return {
    name: 'webgpu',
    version: `tfjs-backend-webgpu ${tf.version.tfjs} (${vendor} ${architecture || device})`,
    device: isSoftware ? 'cpu' : 'gpu',
    tf,
  };
}

function start(dawn: Dawn): Gpu {
  try {
    return dawn.create([]);
  } catch (cause) {
    throw new BackendError(
      `the package webgpu does not start: ${oneLine(cause)}; it needs a driver with Vulkan, Metal or Direct3D 12`,
      { cause },
    );
  }
}

/** From this inner dimension on, TensorFlow.js may split a product along it. */
const minSplitDepth = 2000;
/** TensorFlow.js's names for its programs of a product. */
const program = { chosen: -1, packed: 3 };

/**
 * Avoids the program for products that adds atomically, in no fixed order. TensorFlow.js chooses it for a
 * deep product of few elements, such as the scores of one user.
 */
function sumInOneOrder(tf: TensorFlow, kernelName: string): void {
  const kernel = tf.getKernel(kernelName, 'webgpu');
  tf.unregisterKernel(kernelName, 'webgpu');
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      const { a } = call.inputs as { a: TensorInfo };
      const depth = a.shape.at(call.attrs?.transposeA ? -2 : -1)!;
      const flag = 'WEBGPU_MATMUL_PROGRAM_TYPE';
      tf.env().set(flag, depth < minSplitDepth ? program.chosen : program.packed);
      try {
        return kernel.kernelFunc(call);
      } finally {
        tf.env().set(flag, program.chosen);
      }
    },
  });
}

/** From Node.js 21 on `navigator` exists. It cannot be replaced, only extended. */
function installOnNavigator(gpu: Gpu): void {
  const holder = globalThis as { navigator?: object };
  if (holder.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  }
  Object.defineProperty(holder.navigator, 'gpu', { value: gpu, configurable: true });
}
