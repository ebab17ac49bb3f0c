import type { DataType, TensorInfo } from '@tensorflow/tfjs';

/** What is used of TensorFlow.js's WebGPU backend. */
export interface WebgpuBackend {
  makeTensorInfo(shape: number[], type: DataType, values?: Values): TensorInfo;
  disposeData(dataId: TensorInfo['dataId']): boolean;
  runWebGPUProgram(
    program: WebgpuProgram,
    inputs: readonly TensorInfo[],
    type: DataType,
    numbers: readonly { readonly type: 'int32' | 'float32'; readonly data: number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
}

/** A compute shader as TensorFlow.js takes it. */
export interface WebgpuProgram {
  readonly shaderKey: string;
  readonly variableNames: readonly string[];
  readonly uniforms: string;
  /** Whether it reads `uniforms.size`, how many values the output has. */
  readonly size: boolean;
  readonly outputShape: number[];
  readonly dispatchLayout: { readonly x: number[] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];
  getUserCode(): string;
}

type Values = Float32Array | Int32Array;
