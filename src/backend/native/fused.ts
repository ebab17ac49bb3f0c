/** This package's own kernels on the native backend, each one pass over its data. */

import type { TensorInfo } from '@tensorflow/tfjs';
import { combinedBlocks, partNumbers, summedBlocks } from '../collective/block-tree.js';
import type { TensorFlow } from '../engine.js';
import type { OwnKernels } from '../own-kernels.js';
import { define, type KernelCall, sizeOf } from './registry.js';

export function registerFused(tf: TensorFlow): void {
  defineOwn(tf, 'MultvaeSparseProduct', ({ inputs, attrs: { rows, part }, backend }) => {
    const kernel = inputs.kernel!;
    const width = kernel.shape[1]!;
    const out = backend.allocate([rows.clicks.rows, width]);
    const sums = backend.floats(out);
    const table = backend.floats(kernel);
    // Scaled at the end, as one rank does it: scale·(a + b) has other bits than scale·a + scale·b.
    const own = part === undefined || part.isWhole ? rows : { clicks: rows.clicks };
    backend.kernels.sparseProduct(sums, own, table, width, part?.blockWidth);
    if (part === undefined || part.isWhole) return out;
    part.collective.sum(sums);
    const scale = { data: rows.scale, shape: [rows.scale.length, 1] };
    backend.kernels.binary(sums, 'multiply', sums, out.shape, scale.data, scale.shape);
    return out;
  });

  defineOwn(tf, 'MultvaeItemProduct', ({ inputs, attrs: { isTransposed, part }, backend }) => {
    const dy = inputs.dy!;
    const kernel = inputs.kernel!;
    const [rows, depth] = dy.shape as [number, number];
    const columns = kernel.shape[isTransposed ? 1 : 0]!;
    const out = backend.allocate([rows, columns]);
    const shape = { rows, columns, depth, rightTransposed: !isTransposed };
    const product = backend.floats(out);
    const options = { blockWidth: part.blockWidth, bf16: backend.precision === 'bf16' };
    const right = backend.floats(kernel);
    backend.kernels.multiplyBlocks(product, backend.floats(dy), right, shape, options);
    part.collective.sum(product);
    return out;
  });

  defineOwn(tf, 'MultvaeSparseProductGradient', ({ inputs, attrs: { rows }, backend }) => {
    const dy = inputs.dy!;
    const width = dy.shape[1]!;
    const out = backend.allocate([rows.clicks.columns, width]);
    backend.kernels.sparseProductGradient(backend.floats(out), rows, backend.floats(dy), width);
    return out;
  });

  defineOwn(tf, 'MultvaeMultinomial', ({ inputs, attrs, backend }) => {
    const { clicks, lengths = clicks.rowLengths(), part } = attrs;
    const { rows, columns } = clicks;
    const blockWidth = part?.blockWidth ?? Math.max(1, columns);
    const blocks = Math.ceil(columns / blockWidth);
    const own = new Float32Array(rows * blocks * partNumbers);
    backend.kernels.multinomial(own, backend.floats(inputs.logits!), clicks, blockWidth);
    const all = combinedBlocks(own, rows, blocks);
    part?.collective.combineSoftmax(all);
    const nll = backend.allocate([rows]);
    const parts = backend.allocate([rows, 2]);
    const nats = backend.floats(nll);
    const pairs = backend.floats(parts);
    for (let row = 0; row < rows; row++) {
      const largest = all[row * partNumbers]!;
      const sum = all[row * partNumbers + 1]!;
      const clicked = all[row * partNumbers + 2]!;
      const n = lengths[row]!;
      // n·log Σ exp f − Σ x·f
      nats[row] = n === 0 ? 0 : n * (Math.log(sum) + largest) - clicked;
      pairs[2 * row] = largest;
      pairs[2 * row + 1] = n / sum;
    }
    return [nll, parts];
  });

  defineOwn(tf, 'MultvaeClickedLogits', ({ inputs, attrs: { clicks, part }, backend }) => {
    const { rows, columns, offsets, items } = clicks;
    const blockWidth = part?.blockWidth ?? Math.max(1, columns);
    const blocks = Math.ceil(columns / blockWidth);
    const logits = backend.floats(inputs.logits!);
    const sums = new Float64Array(rows * blocks);
    for (let row = 0; row < rows; row++) {
      for (let k = offsets[row]!; k < offsets[row + 1]!; k++) {
        const item = items[k]!;
        sums[row * blocks + Math.floor(item / blockWidth)]! += logits[row * columns + item]!;
      }
    }
    const total = summedBlocks(sums, rows, blocks);
    part?.collective.sum(total);
    const out = backend.allocate([rows]);
    backend.floats(out).set(total);
    return out;
  });

  defineOwn(tf, 'MultvaeMultinomialGradient', ({ inputs, attrs, backend }) => {
    const { clicks, overwrite } = attrs;
    const logits = inputs.logits!;
    const out = overwrite ? backend.share(logits, logits.shape) : backend.allocate(logits.shape);
    backend.kernels.multinomialGradient(
      backend.floats(out),
      backend.floats(logits),
      backend.floats(inputs.parts!),
      backend.floats(inputs.dy!),
      clicks,
    );
    return out;
  });

  defineOwn(tf, 'MultvaeAdam', ({ inputs, attrs, backend }) => {
    const weight = backend.toWriteOn(inputs.weight!);
    const m = backend.toWriteOn(inputs.m!);
    const v = backend.toWriteOn(inputs.v!);
    const { rows, update } = attrs;
    const state = { weight: backend.floats(weight), m: backend.floats(m), v: backend.floats(v) };
    const gradient = backend.floats(inputs.gradient!);
    if (rows === undefined) {
      backend.kernels.adam(state.weight, state.m, state.v, gradient, attrs, update);
    } else {
      const width = sizeOf(weight.shape.slice(1));
      backend.kernels.adamRows(state, gradient, { rows, width }, attrs, update);
    }
    return [weight, m, v];
  });

  defineOwn(tf, 'MultvaeLayerNorm', ({ inputs, attrs: { epsilon }, backend }) => {
    const { x, gain, bias } = inputs;
    const [rows, columns] = x!.shape as [number, number];
    const out = backend.allocate([rows, columns]);
    const mean = backend.allocate([rows]);
    const inverseSpread = backend.allocate([rows]);
    backend.kernels.layerNorm(
      backend.floats(out),
      backend.floats(mean),
      backend.floats(inverseSpread),
      backend.floats(x!),
      backend.floats(gain!),
      backend.floats(bias!),
      epsilon,
      { rows, columns },
    );
    return [out, mean, inverseSpread];
  });

  defineOwn(tf, 'MultvaeLayerNormGradient', ({ inputs, backend }) => {
    const { dy, x, gain, mean, inverseSpread } = inputs;
    const [rows, columns] = x!.shape as [number, number];
    const dx = backend.allocate([rows, columns]);
    const dGain = backend.allocate([columns]);
    const dBias = backend.allocate([columns]);
    backend.kernels.layerNormGradient(
      backend.floats(dx),
      backend.floats(dGain),
      backend.floats(dBias),
      backend.floats(dy!),
      backend.floats(x!),
      backend.floats(gain!),
      backend.floats(mean!),
      backend.floats(inverseSpread!),
      { rows, columns },
    );
    return [dx, dGain, dBias];
  });

  defineOwn(tf, 'MultvaeTanhGradient', ({ inputs, backend }) => {
    const { shape } = inputs.dy!;
    const out = backend.allocate(shape);
    const dy = backend.floats(inputs.dy!);
    const y = backend.floats(inputs.y!);
    backend.kernels.binary(backend.floats(out), 'tanhGradient', dy, shape, y, shape);
    return out;
  });

  defineOwn(tf, 'MultvaeSampleCode', ({ inputs, backend }) => {
    const out = backend.allocate(inputs.mu!.shape);
    backend.kernels.sampleCode(
      backend.floats(out),
      backend.floats(inputs.mu!),
      backend.floats(inputs.logvar!),
      backend.floats(inputs.noise!),
    );
    return out;
  });

  defineOwn(tf, 'MultvaeSampleCodeGradient', ({ inputs, backend }) => {
    const dLogvar = backend.allocate(inputs.dy!.shape);
    backend.kernels.sampleCodeGradient(
      backend.floats(dLogvar),
      backend.floats(inputs.dy!),
      backend.floats(inputs.logvar!),
      backend.floats(inputs.noise!),
    );
    return dLogvar;
  });

  defineOwn(tf, 'MultvaeDivergence', ({ inputs, backend }) => {
    const [rows, columns] = inputs.mu!.shape as [number, number];
    const out = backend.allocate([rows]);
    const mu = backend.floats(inputs.mu!);
    const logvar = backend.floats(inputs.logvar!);
    backend.kernels.divergence(backend.floats(out), mu, logvar, { rows, columns });
    return out;
  });

  defineOwn(tf, 'MultvaeDivergenceGradient', ({ inputs, backend }) => {
    const [rows, columns] = inputs.mu!.shape as [number, number];
    const dMu = backend.allocate([rows, columns]);
    const dLogvar = backend.allocate([rows, columns]);
    backend.kernels.divergenceGradient(
      backend.floats(dMu),
      backend.floats(dLogvar),
      backend.floats(inputs.mu!),
      backend.floats(inputs.logvar!),
      backend.floats(inputs.dy!),
      { rows, columns },
    );
    return [dMu, dLogvar];
  });

  defineOwn(tf, 'MultvaeDecodeTopN', ({ inputs, attrs, backend }) => {
    const { mask, n, isTransposed } = attrs;
    const kernel = inputs.kernel!;
    const bias = inputs.bias!;
    const size = mask.rows * n;
    const items = new Int32Array(size);
    const scores = new Float32Array(size);
    const { kernels } = backend;
    const hidden = backend.floats(inputs.hidden!);
    const packed = isTransposed ? null : backend.packed(kernel, bias);
    if (packed !== null) {
      kernels.packedTopN(items, scores, n, hidden, packed, mask);
    } else {
      const layer = {
        weights: backend.floats(kernel),
        bias: backend.floats(bias),
        depth: kernel.shape[isTransposed ? 1 : 0]!,
        isTransposed,
      };
      kernels.decodeTopN(items, scores, n, hidden, layer, mask);
    }
    const shape = [mask.rows, n];
    return [
      backend.makeTensorInfo(shape, 'int32', items),
      backend.makeTensorInfo(shape, 'float32', scores),
    ];
  });
}

function defineOwn<Name extends keyof OwnKernels>(
  tf: TensorFlow,
  name: Name,
  compute: (call: KernelCall<OwnKernels[Name]>) => TensorInfo | TensorInfo[],
): void {
  define<OwnKernels[Name]>(tf, name, compute);
}
