/** The engine that every backend provides. */

/**
 * The TensorFlow.js namespace. Model code takes it as an argument and never imports it, because the
 * Node.js bindings bring their own copy, and only that copy knows their backend.
 */
export type TensorFlow = typeof import('@tensorflow/tfjs');

/** The TensorFlow.js backends that this package can compute on. */
export const backendNames = ['tensorflow', 'webgpu', 'native', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** A loaded backend. */
export interface Engine {
  readonly name: BackendName;
  /** The package and its version, such as `tfjs-node 4.22.0 (TensorFlow 2.9.1)`. */
  readonly version: string;
  /** Where the arithmetic runs. */
  readonly device: 'gpu' | 'cpu';
  readonly tf: TensorFlow;
  /**
   * Sets how many threads compute from now on, the calling one included. Only where this package decides
   * that. Results do not depend on it. Cheap enough to call before every operation.
   */
  setThreads?(count: number): void;
  /** Gives back the memory that is kept for the next tensors. Only where this package keeps some. */
  freeMemory?(): void;
  /** What decides how results are rounded, and the threads that compute. Only where this package decides that. */
  readonly arithmetic?: { readonly instructionSet: string; readonly threads: number };
}

/** An error of a package in one line, without the list of modules that required it. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split(/\n(?:Require stack:|\s+at )/, 1)[0]!;
  return lines.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '');
}

/** Keeps advice and warnings of TensorFlow.js off the console. It still throws its errors. */
export function silence(tf: TensorFlow): void {
  tf.env().set('PROD', true);
}
