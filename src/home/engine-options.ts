/** Which engine a use case computes with; the same options for training, evaluation and serving. */

import { type BackendName, backendNames } from '../backend/engine.js';
import { parseBackendName } from '../backend/select.js';

/** What computes, and with how many threads. */
export interface EngineOptions {
  /** Default: the fastest backend that works here. */
  readonly backend?: BackendName;
  /** Threads of the backend `native`. Default: all cores, or the container's share of them. */
  readonly threads?: number;
  /** Told what a caller should know, such as why a faster backend does not compute. Default: nobody is told. */
  readonly onRemark?: (text: string) => void;
}

/** Only the engine options out of a larger object; an option that was not given stays absent. */
export function engineOptions({ backend, threads, onRemark }: EngineOptions): EngineOptions {
  return {
    ...(backend !== undefined && { backend }),
    ...(threads !== undefined && { threads }),
    ...(onRemark !== undefined && { onRemark }),
  };
}

/** The backends that a caller can ask for, and the check of a name. */
export const backends = {
  names: backendNames,
  parse: parseBackendName,
} as const;
