/** TensorFlow.js kernels on the addon: functions of each element, reductions, softmax. */

import type { TensorFlow } from '../engine.js';
import type { BinaryOperation, ReductionOperation, UnaryOperation } from './operations.js';
import { areFloats, maxRank, override, sizeOf } from './registry.js';

const unaries: Readonly<Record<string, UnaryOperation>> = {
  Neg: 'negate',
  Abs: 'abs',
  Square: 'square',
  Sqrt: 'sqrt',
  Rsqrt: 'rsqrt',
  Reciprocal: 'reciprocal',
  Exp: 'exp',
  Expm1: 'expm1',
  Log: 'log',
  Log1p: 'log1p',
  Tanh: 'tanh',
  Sigmoid: 'sigmoid',
  Softplus: 'softplus',
  Relu: 'relu',
  Relu6: 'relu6',
  Elu: 'elu',
  Sign: 'sign',
};

const binaries: Readonly<Record<string, BinaryOperation>> = {
  Add: 'add',
  Sub: 'subtract',
  Multiply: 'multiply',
  RealDiv: 'divide',
  Maximum: 'maximum',
  Minimum: 'minimum',
  SquaredDifference: 'squaredDifference',
};

/** Each reduction, and the attribute that names its axes. */
const reductionKernels: Readonly<
  Record<string, { operation: ReductionOperation; axes: 'axis' | 'reductionIndices' }>
> = {
  Sum: { operation: 'sum', axes: 'axis' },
  Mean: { operation: 'mean', axes: 'axis' },
  Max: { operation: 'max', axes: 'reductionIndices' },
};

export function registerElementwise(tf: TensorFlow): void {
  for (const [kernelName, operation] of Object.entries(unaries))
    registerUnary(kernelName, operation);
  for (const [kernelName, operation] of Object.entries(binaries)) {
    registerBinary(kernelName, operation, 'a', 'b');
  }
  registerBinary('EluGrad', 'eluGradient', 'dy', 'y');
  for (const kernelName of Object.keys(reductionKernels)) registerReduction(kernelName);

  // TensorFlow.js has softmax over the last axis only, and composes its logarithm itself.
  override(tf, 'Softmax', ({ inputs, backend }) => {
    const logits = inputs.logits!;
    if (!areFloats(logits) || logits.shape.length === 0) return null;
    const out = backend.allocate(logits.shape);
    const columns = logits.shape.at(-1)!;
    const rows = sizeOf(logits.shape) / columns;
    backend.kernels.softmax(backend.floats(out), backend.floats(logits), { rows, columns });
    return out;
  });

  override<{ alpha?: number }>(tf, 'Step', ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    if (!areFloats(x) || (attrs.alpha ?? 0) !== 0) return null;
    const out = backend.allocate(x.shape);
    backend.kernels.unary(backend.floats(out), 'step', backend.floats(x));
    return out;
  });

  function registerUnary(kernelName: string, operation: UnaryOperation): void {
    override(tf, kernelName, ({ inputs, backend }) => {
      const x = inputs.x!;
      if (!areFloats(x)) return null;
      const out = backend.allocate(x.shape);
      backend.kernels.unary(backend.floats(out), operation, backend.floats(x));
      return out;
    });
  }

  function registerBinary(
    kernelName: string,
    operation: BinaryOperation,
    left: string,
    right: string,
  ): void {
    override(tf, kernelName, ({ inputs, backend }) => {
      const a = inputs[left]!;
      const b = inputs[right]!;
      if (!areFloats(a, b)) return null;
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
      if (shape.length > maxRank) return null;
      const out = backend.allocate(shape);
      const x = backend.floats(a);
      const y = backend.floats(b);
      backend.kernels.binary(backend.floats(out), operation, x, a.shape, y, b.shape);
      return out;
    });
  }

  /** Reduces adjacent axes. Leaves others to the JavaScript kernel. */
  function registerReduction(kernelName: string): void {
    const { operation, axes } = reductionKernels[kernelName]!;
    override<Record<string, unknown>>(tf, kernelName, ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const reduced = tf.util.parseAxisParam(attrs[axes] as number | number[], x.shape);
      reduced.sort((a, b) => a - b);
      const first = reduced[0];
      const isOneBlock = reduced.every((axis, k) => axis === first! + k);
      if (!areFloats(x) || first === undefined || !isOneBlock) return null;
      const last = first + reduced.length;
      const outer = x.shape.slice(0, first);
      const inner = x.shape.slice(last);
      const middle = attrs.keepDims ? reduced.map(() => 1) : [];
      const out = backend.allocate([...outer, ...middle, ...inner]);
      backend.kernels.reduce(backend.floats(out), operation, backend.floats(x), {
        outer: sizeOf(outer),
        n: sizeOf(x.shape.slice(first, last)),
        inner: sizeOf(inner),
      });
      return out;
    });
  }
}
