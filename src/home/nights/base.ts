/** What a night goes on from: the active run, its held-out users and its setting. */

import { auto, type ModelName } from '../../config/models.js';
import { type GivenConfig, parseConfig } from '../../config/parse.js';
import { protocolName } from '../../config/protocol.js';
import type { DescribedRun } from '../../runs/run-files.js';
import type { ProtocolOptions } from '../split/protocol-options.js';

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

/**
 * Who is held out: whom the active run holds out; others, drawn by the same seed, where its data are gone, or where it
 * holds out clicks: a night trains on all that happened until now, so that it measures on users.
 */
export function protocolOf(base: Base | null): ProtocolOptions {
  if (base === null) return {};
  const { ratingThreshold: threshold, minClicks, splitSeed } = base.described.protocol;
  const protocol = protocolName(base.described.protocol);
  // What is a click in published files says nothing of the ratings of the home.
  if (protocol === 'files') return {};
  if (base.isOfTheseData && protocol === 'users') return { heldoutFrom: base.id };
  return { threshold, minClicks, splitSeed };
}

/** That the new run and the active one are not compared, because the active one holds out clicks; null where it does not. */
export function notCompared(base: Base | null): string | null {
  if (base === null) return null;
  const name = protocolName(base.described.protocol);
  if (name === 'users') return null;
  return `${base.id} was measured with --protocol ${name}, which holds out clicks, and a night holds out users, so the two are not compared.`;
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
