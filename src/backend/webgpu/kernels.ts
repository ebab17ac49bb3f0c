/** This package's own kernels on WebGPU. */

import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { TensorFlow } from '../engine.js';
import type { OwnKernels } from '../own-kernels.js';
import type { WebgpuBackend } from './device.js';
import { elementShader, lanes, rowChangeShader, rowSumShader, runShader } from './shader.js';

/** The arguments of a kernel. */
interface KernelCall<Attributes> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Attributes;
  readonly backend: WebgpuBackend;
}

/**
 * Registers this package's own kernels. They add in a fixed order, unlike the atomic sums of TensorFlow.js,
 * and read the clicks as they are. One of them replaces up to ten operations of TensorFlow.js: on a fast GPU
 * the time of a training step depends on the number of operations, not on their arithmetic.
 */
export function registerWebgpuKernels(tf: TensorFlow): void {
  define(tf, 'MultvaeSparseProduct', ({ inputs, attrs: { rows }, backend }) => {
    const kernel = inputs.kernel!;
    const [, width] = kernel.shape as [number, number];
    const scale = backend.makeTensorInfo([rows.scale.length], 'float32', rows.scale);
    const product = withClicks(backend, rows.clicks, (offsets, items) =>
      runShader(backend, shaders.sparseProduct, {
        arrays: [kernel, offsets, items, scale],
        numbers: [width],
        shape: [rows.clicks.rows, width],
      }),
    );
    backend.disposeData(scale.dataId);
    return product;
  });

  define(tf, 'MultvaeSparseProductGradient', ({ inputs, attrs: { rows }, backend }) => {
    const dy = inputs.dy!;
    const [, width] = dy.shape as [number, number];
    const scale = backend.makeTensorInfo([rows.scale.length], 'float32', rows.scale);
    const gradient = withClicks(backend, rows.clicks.transpose(), (offsets, users) =>
      runShader(backend, shaders.sparseProductGradient, {
        arrays: [dy, offsets, users, scale],
        numbers: [width],
        shape: [rows.clicks.columns, width],
      }),
    );
    backend.disposeData(scale.dataId);
    return gradient;
  });

  define(tf, 'MultvaeClickedLogits', ({ inputs, attrs: { clicks }, backend }) =>
    withClicks(backend, clicks, (offsets, items) =>
      runShader(backend, shaders.clickedLogits, {
        arrays: [inputs.logits!, offsets, items],
        numbers: [clicks.columns],
        shape: [clicks.rows],
        rows: clicks.rows,
      }),
    ),
  );

  define(tf, 'MultvaeLikelihoodGradient', ({ inputs, attrs: { clicks }, backend }) => {
    const { perUnit, units, dy } = inputs;
    const shape = [clicks.rows, clicks.columns];
    const numbers = [clicks.columns];
    const arrays = [perUnit!, units!, dy!];
    const output = runShader(backend, shaders.expectedClicks, { arrays, numbers, shape });
    if (clicks.clicks === 0) return output;
    return withClicks(backend, clicks, (offsets, items) =>
      runShader(backend, shaders.lessObserved, {
        arrays: [dy!, offsets, items],
        numbers,
        shape,
        rows: clicks.rows,
        output,
      }),
    );
  });

  define(tf, 'MultvaeAdam', ({ inputs, attrs, backend }) => {
    const { weight, m: oldM, v: oldV, gradient } = inputs;
    const { learningRate, beta1, beta2, epsilon, update } = attrs;
    const { shape } = weight!;
    const correction2 = Math.sqrt(1 - beta2 ** update);
    const stepSize = (learningRate * correction2) / (1 - beta1 ** update);
    const moment = (power: 'm' | 'v', old: TensorInfo, decay: number) =>
      runShader(backend, shaders[power], {
        arrays: [old, gradient!],
        numbers: [decay, 1 - decay],
        shape,
      });
    const m = moment('m', oldM!, beta1);
    const v = moment('v', oldV!, beta2);
    const moved = runShader(backend, shaders.adamStep, {
      arrays: [weight!, m, v],
      numbers: [stepSize, epsilon * correction2],
      shape,
    });
    return [moved, m, v];
  });

  define(tf, 'MultvaeTanhGradient', ({ inputs: { dy, y }, backend }) =>
    runShader(backend, shaders.tanhGradient, { arrays: [dy!, y!], shape: dy!.shape }),
  );

  define(tf, 'MultvaeSampleCode', ({ inputs: { mu, logvar, noise }, backend }) =>
    runShader(backend, shaders.sampleCode, {
      arrays: [mu!, logvar!, noise!],
      shape: mu!.shape,
    }),
  );

  define(tf, 'MultvaeSampleCodeGradient', ({ inputs: { dy, logvar, noise }, backend }) =>
    runShader(backend, shaders.sampleCodeGradient, {
      arrays: [dy!, logvar!, noise!],
      shape: dy!.shape,
    }),
  );

  define(tf, 'MultvaeDivergence', ({ inputs: { mu, logvar }, backend }) => {
    const [rows, width] = mu!.shape as [number, number];
    return runShader(backend, shaders.divergence, {
      arrays: [mu!, logvar!],
      numbers: [width],
      shape: [rows],
      rows,
    });
  });

  define(tf, 'MultvaeDivergenceGradient', ({ inputs: { dy, mu, logvar }, backend }) => {
    const { shape } = mu!;
    const numbers = [shape[1]!];
    return [
      runShader(backend, shaders.divergenceByMu, { arrays: [dy!, mu!], numbers, shape }),
      runShader(backend, shaders.divergenceByLogvar, { arrays: [dy!, logvar!], numbers, shape }),
    ];
  });
}

const width = { width: 'int32' } as const;
const clickedItems = `for (var k = offsets[row] + lane; k < offsets[row + 1]; k += ${lanes})`;

const shaders = {
  sparseProduct: elementShader(
    'sparseProduct',
    ['table', 'offsets', 'items', 'scale'],
    width,
    `let row = index / uniforms.width;
     let column = index % uniforms.width;
     for (var k = offsets[row]; k < offsets[row + 1]; k++) {
       value += table[items[k] * uniforms.width + column];
     }
     value *= scale[row];`,
  ),
  sparseProductGradient: elementShader(
    'sparseProductGradient',
    ['dy', 'offsets', 'users', 'scale'],
    width,
    `let item = index / uniforms.width;
     let column = index % uniforms.width;
     for (var k = offsets[item]; k < offsets[item + 1]; k++) {
       value += scale[users[k]] * dy[users[k] * uniforms.width + column];
     }`,
  ),
  clickedLogits: rowSumShader(
    'clickedLogits',
    ['logits', 'offsets', 'items'],
    width,
    `${clickedItems} { sum += logits[row * uniforms.width + items[k]]; }`,
  ),
  expectedClicks: elementShader(
    'expectedClicks',
    ['perUnit', 'units', 'dy'],
    width,
    `let row = index / uniforms.width;
     value = perUnit[index] * (units[row] * dy[row]);`,
  ),
  lessObserved: rowChangeShader(
    'lessObserved',
    ['dy', 'offsets', 'items'],
    width,
    `${clickedItems} { result[row * uniforms.width + items[k]] -= dy[row]; }`,
  ),
  m: elementShader(
    'adamM',
    ['old', 'gradient'],
    { decay: 'float32', share: 'float32' },
    'value = uniforms.decay * old[index] + uniforms.share * gradient[index];',
  ),
  v: elementShader(
    'adamV',
    ['old', 'gradient'],
    { decay: 'float32', share: 'float32' },
    `let g = gradient[index];
     value = uniforms.decay * old[index] + uniforms.share * (g * g);`,
  ),
  adamStep: elementShader(
    'adamStep',
    ['weight', 'm', 'v'],
    { stepSize: 'float32', epsilon: 'float32' },
    'value = weight[index] - uniforms.stepSize * m[index] / (sqrt(v[index]) + uniforms.epsilon);',
  ),
  tanhGradient: elementShader(
    'tanhGradient',
    ['dy', 'y'],
    {},
    'value = dy[index] * (1.0 - y[index] * y[index]);',
  ),
  sampleCode: elementShader(
    'sampleCode',
    ['mu', 'logvar', 'noise'],
    {},
    'value = mu[index] + noise[index] * exp(0.5 * logvar[index]);',
  ),
  sampleCodeGradient: elementShader(
    'sampleCodeGradient',
    ['dy', 'logvar', 'noise'],
    {},
    'value = dy[index] * noise[index] * 0.5 * exp(0.5 * logvar[index]);',
  ),
  divergence: rowSumShader(
    'divergence',
    ['mu', 'logvar'],
    width,
    `for (var column = lane; column < uniforms.width; column += ${lanes}) {
       let k = row * uniforms.width + column;
       sum += 0.5 * (exp(logvar[k]) + mu[k] * mu[k] - 1.0 - logvar[k]);
     }`,
  ),
  divergenceByMu: elementShader(
    'divergenceByMu',
    ['dy', 'mu'],
    width,
    'value = dy[index / uniforms.width] * mu[index];',
  ),
  divergenceByLogvar: elementShader(
    'divergenceByLogvar',
    ['dy', 'logvar'],
    width,
    'value = dy[index / uniforms.width] * 0.5 * (exp(logvar[index]) - 1.0);',
  ),
};

function define<Name extends keyof OwnKernels>(
  tf: TensorFlow,
  kernelName: Name,
  compute: (call: KernelCall<OwnKernels[Name]>) => TensorInfo | TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: (call: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap; backend: unknown }) =>
      compute(call as unknown as KernelCall<OwnKernels[Name]>),
  });
}

/** Uploads the offsets, [rows + 1], and the items, padded, runs something on them, and frees them. */
function withClicks(
  backend: WebgpuBackend,
  clicks: ClickMatrix,
  run: (offsets: TensorInfo, items: TensorInfo) => TensorInfo,
): TensorInfo {
  const items = new Int32Array(roomFor(clicks.clicks));
  items.set(clicks.items);
  const upload = (values: Int32Array) => backend.makeTensorInfo([values.length], 'int32', values);
  const offsetTensor = upload(clicks.offsets);
  const itemTensor = upload(items);
  const result = run(offsetTensor, itemTensor);
  backend.disposeData(offsetTensor.dataId);
  backend.disposeData(itemTensor.dataId);
  return result;
}

/**
 * Rounds a number of clicks up to one of four lengths an octave. TensorFlow.js keeps a freed buffer for
 * another tensor of the same size, forever. No two batches have the same number of clicks, so memory would
 * grow with every batch.
 */
function roomFor(clicks: number): number {
  const step = 2 ** Math.max(0, 29 - Math.clz32(clicks));
  return Math.max(1, Math.ceil(clicks / step) * step);
}
