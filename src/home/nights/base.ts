/** What a night goes on from: the active run, its held-out users and its setting. */

import { auto, type ModelName } from '../../config/models.js';
import { type GivenConfig, parseConfig } from '../../config/parse.js';
import type { DescribedRun } from '../../runs/run-files.js';
import type { ProtocolOptions } from '../material.js';

/** Which model a refresh trains. */
export interface RefreshedModel {
  /** `auto` tries several. Default: that of the active run; `auto` where none is active. */
  readonly model?: ModelName | typeof auto;
  /** Hyper-parameters that differ: from the active run's where the model is the same, else from the paper's. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Seconds that `auto` may take. Default: 600. */
  readonly maxDurationS?: number;
}

/** The active run, whose held-out users stay held out. */
export interface Base {
  readonly id: string;
  readonly described: DescribedRun;
  /** Whether the home's data are those of the run, or grew from them. */
  readonly isOfTheseData: boolean;
}

/** The hash of the data that a run was trained on, as `materialHash` gives it. */
export function dataHashOf({
  lineage: { dataHash, feedback },
}: Pick<DescribedRun, 'lineage'>): string {
  return feedback === undefined ? dataHash : `${dataHash}+${feedback.hash}`;
}

/** Who is held out: whom the active run holds out; others, drawn by the same seed, where its data are gone. */
export function protocolOf(base: Base | null): ProtocolOptions {
  if (base === null) return {};
  if (base.isOfTheseData) return { heldoutFrom: base.id };
  const { ratingThreshold: threshold, minClicks, splitSeed } = base.described.protocol;
  return { threshold, minClicks, splitSeed };
}

/** What is trained; null for `auto`. @throws ConfigError for a wrong hyper-parameter */
export function configOf(
  { model, parameters = {} }: RefreshedModel,
  base: Base | null,
): GivenConfig | null {
  if (model === auto) return null;
  const before = base?.described.config;
  const name = model ?? before?.model;
  if (name === undefined && Object.keys(parameters).length === 0) return null;
  const chosen: ModelName = name ?? 'mult-vae';
  const values = before?.model === chosen ? { ...before, ...parameters } : parameters;
  parseConfig<ModelName>(chosen, { ...values }, 'parameters');
  return { ...values, model: chosen } as GivenConfig;
}
