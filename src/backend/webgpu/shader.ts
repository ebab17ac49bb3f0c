/** Compute shaders in WGSL, and how to run them. */

import type { TensorInfo } from '@tensorflow/tfjs';
import type { WebgpuBackend, WebgpuProgram } from './device.js';

type NumberType = 'int32' | 'float32';

/** A compute shader in WGSL that writes float32 values. */
export interface Shader {
  /** Unique. */
  readonly name: string;
  /** The names of the arrays that it reads, flat. */
  readonly arrays: readonly string[];
  /** The numbers that it reads as `uniforms.NAME`. `uniforms.size` is the number of output values. */
  readonly numbers: Readonly<Record<string, NumberType>>;
  /** Declares `main(index : i32)`. The index may lie beyond the output. */
  readonly code: string;
}

/** The arguments of one run of a shader, in the order in which the shader names them. */
export interface ShaderRun {
  readonly arrays: readonly TensorInfo[];
  readonly numbers?: readonly number[];
  /** The shape of the output. */
  readonly shape: number[];
  /** The number of rows, one workgroup each. Default: one invocation for each value of the output. */
  readonly rows?: number;
  /** The tensor to write to, which the shader may read as `result`. Default: a new one. */
  readonly output?: TensorInfo;
}

/** Invocations of a workgroup, which share memory. In a row they are its lanes. */
export const lanes = 64;

const wgslTypes: Readonly<Record<NumberType, string>> = { int32: 'i32', float32: 'f32' };

/** Runs a shader. @returns the output, which the caller owns */
export function runShader(
  backend: WebgpuBackend,
  { name, arrays, numbers, code }: Shader,
  { arrays: inputs, numbers: values = [], shape, rows, output }: ShaderRun,
): TensorInfo {
  const types = Object.entries(numbers);
  const invocations = rows === undefined ? shape.reduce((size, n) => size * n, 1) : rows * lanes;
  const program: WebgpuProgram = {
    shaderKey: `multvae_${name}`,
    variableNames: arrays,
    uniforms: types.map(([number, type]) => `${number} : ${wgslTypes[type]},`).join(' '),
    size: true,
    outputShape: shape,
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(invocations / lanes), 1, 1],
    workgroupSize: [lanes, 1, 1],
    getUserCode: () => code,
  };
  const data = types.map(([, type], k) => ({ type, data: [values[k]!] }));
  return backend.runWebGPUProgram(program, inputs, 'float32', data, output);
}

/**
 * A shader that computes each value of its output separately.
 *
 * @param statements - set `value`, the output at `index`
 */
export function elementShader(
  name: string,
  arrays: Shader['arrays'],
  numbers: Shader['numbers'],
  statements: string,
): Shader {
  const code = `
    fn main(index : i32) {
      if (index >= uniforms.size) { return; }
      var value = 0.0;
      ${statements}
      result[index] = value;
    }`;
  return { name, arrays, numbers, code };
}

/**
 * A shader that sums along each row in a fixed order: each lane sums its own terms, then the lanes are
 * added in halves.
 *
 * @param statements - add lane `lane`'s terms of row `row` to `sum`
 */
export function rowSumShader(
  name: string,
  arrays: Shader['arrays'],
  numbers: Shader['numbers'],
  statements: string,
): Shader {
  const code = `
    var<workgroup> partial : array<f32, ${lanes}>;
    fn main(index : i32) {
      let row = index / ${lanes};
      let lane = index % ${lanes};
      let isRow = row < uniforms.size;
      var sum = 0.0;
      if (isRow) {
        ${statements}
      }
      partial[lane] = sum;
      for (var span = ${lanes / 2}; span > 0; span /= 2) {
        workgroupBarrier();
        if (lane < span) { partial[lane] += partial[lane + span]; }
      }
      if (isRow && lane == 0) { result[row] = partial[0]; }
    }`;
  return { name, arrays, numbers, code };
}

/**
 * A shader that changes some values of a given output, whose rows have `uniforms.width` values.
 *
 * @param statements - change only those values of row `row` that belong to lane `lane`
 */
export function rowChangeShader(
  name: string,
  arrays: Shader['arrays'],
  numbers: Shader['numbers'],
  statements: string,
): Shader {
  const code = `
    fn main(index : i32) {
      let row = index / ${lanes};
      let lane = index % ${lanes};
      if (row >= uniforms.size / uniforms.width) { return; }
      ${statements}
    }`;
  return { name, arrays, numbers, code };
}
