/** TensorFlow.js kernels on the addon: those that move or repeat values and compute nothing. */

import type { TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import { areFloats, maxRank, override, sizeOf } from './registry.js';

export function registerLayout(tf: TensorFlow): void {
  override<{ perm: number[] }>(tf, 'Transpose', ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    if (!areFloats(x) || x.shape.length === 0 || x.shape.length > maxRank) return null;
    const out = backend.allocate(attrs.perm.map((axis) => x.shape[axis]!));
    backend.kernels.permute(backend.floats(out), backend.floats(x), x.shape, attrs.perm);
    return out;
  });

  override<{ begin: number | number[]; size: number | number[] }>(
    tf,
    'Slice',
    ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      if (!areFloats(x) || x.shape.length === 0 || x.shape.length > maxRank) return null;
      const [begin, size] = tf.slice_util.parseSliceParams(x as never, attrs.begin, attrs.size) as [
        number[],
        number[],
      ];
      if (size.includes(0)) return null;
      tf.slice_util.assertParamsValid(x as never, begin, size);
      const out = backend.allocate(size);
      backend.kernels.slice(backend.floats(out), backend.floats(x), x.shape, begin, size);
      return out;
    },
  );

  override<{ axis: number }>(tf, 'Concat', ({ inputs, attrs, backend }) => {
    const parts = Object.values(inputs).filter(({ shape }) => !shape.includes(0));
    const first = parts[0];
    if (first === undefined || !areFloats(...parts)) return null;
    const axis = tf.util.parseAxisParam(attrs.axis, first.shape)[0]!;
    const widths = parts.map(({ shape }) => sizeOf(shape.slice(axis)));
    const outWidth = widths.reduce((sum, width) => sum + width, 0);
    const outer = first.shape.slice(0, axis);
    const along = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const out = backend.allocate([...outer, along, ...first.shape.slice(axis + 1)]);
    const to = backend.floats(out);
    let offset = 0;
    parts.forEach((part, k) => {
      const columns = widths[k]!;
      backend.kernels.copyRows(
        to,
        { offset, stride: outWidth },
        backend.floats(part),
        { offset: 0, stride: columns },
        { rows: sizeOf(outer), columns },
      );
      offset += columns;
    });
    return out;
  });

  override<{ numOrSizeSplits: number | number[]; axis: number }>(
    tf,
    'SplitV',
    ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
      const sizes = tf.backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis);
      if (!areFloats(x) || sizes.includes(0)) return null;
      const outer = x.shape.slice(0, axis);
      const inner = x.shape.slice(axis + 1);
      const stride = sizeOf(x.shape.slice(axis));
      let offset = 0;
      return sizes.map((size): TensorInfo => {
        const out = backend.allocate([...outer, size, ...inner]);
        const columns = size * sizeOf(inner);
        backend.kernels.copyRows(
          backend.floats(out),
          { offset: 0, stride: columns },
          backend.floats(x),
          { offset, stride },
          { rows: sizeOf(outer), columns },
        );
        offset += columns;
        return out;
      });
    },
  );

  override<{ axis?: number; batchDims?: number }>(tf, 'GatherV2', ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const indices = inputs.indices!;
    const axis = tf.util.parseAxisParam(attrs.axis ?? 0, x.shape)[0];
    if (!areFloats(x) || axis !== 0 || attrs.batchDims || indices.dtype !== 'int32') return null;
    if (sizeOf(indices.shape) === 0) return null;
    const row = x.shape.slice(1);
    const picks = backend.data.get(indices.dataId).values as Int32Array;
    const out = backend.allocate([...indices.shape, ...row]);
    const shape = { rows: x.shape[0]!, columns: sizeOf(row) };
    backend.kernels.gatherRows(backend.floats(out), backend.floats(x), picks, shape);
    return out;
  });

  override<{ shape: number[]; value: unknown; dtype?: string }>(
    tf,
    'Fill',
    ({ attrs, backend }) => {
      const { shape, value, dtype = 'float32' } = attrs;
      if (typeof value !== 'number' || dtype !== 'float32' || shape.includes(0)) return null;
      const out = backend.allocate(shape);
      backend.kernels.fill(backend.floats(out), value);
      return out;
    },
  );

  for (const [kernelName, value] of [
    ['ZerosLike', 0],
    ['OnesLike', 1],
  ] as const) {
    override(tf, kernelName, ({ inputs, backend }) => {
      const x = inputs.x!;
      if (!areFloats(x)) return null;
      const out = backend.allocate(x.shape);
      backend.kernels.fill(backend.floats(out), value);
      return out;
    });
  }
}
