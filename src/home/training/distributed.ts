/** A training that several processes divide: what it refuses, and the run that they share. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Collective } from '../../backend/collective/collective.js';
import { blockCount, ItemPart } from '../../backend/collective/item-part.js';
import { joinMpi as join, launched, type MpiJob } from '../../backend/collective/mpi.js';
import type { Engine } from '../../backend/engine.js';
import type { ModelConfig, NetworkConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ArgumentError, BackendError, ConfigError } from '../../errors.js';
import { unsampled } from '../../model/autoencoder/sampling/sampled-network.js';
import { itemAxes } from '../../model/autoencoder/weights.js';
import { networkOf } from '../../model/models.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import type { TrainingSize } from '../../model/training/network-memory.js';
import type { ChoosePart, DividedWeights, WeightShard } from '../../runs/divided/division.js';
import { writeShard } from '../../runs/divided/weight-shards.js';
import type { TrainingClaim } from '../../runs/pending-runs.js';
import type { RunStore } from '../../runs/store.js';
import { unwritable } from '../../storage/durable-files.js';

/** This process among those that mpirun started. */
export type Ranks = MpiJob;

/** Joins the processes that mpirun started. @throws BackendError that says why not, and what to do */
export function joinRanks(): Ranks {
  return join();
}

/** The number of this process as its launcher tells it; 0 where none started it. */
export function launchedRank(): number {
  return launched(process.env)?.rank ?? 0;
}

/** @throws BackendError for a number of processes that is no power of two */
export function requirePowerOfTwo({ size }: Pick<Collective, 'size'>): void {
  if (Number.isInteger(Math.log2(size))) return;
  throw new BackendError(
    `${size} processes were started for one training; start 1, 2, 4, 8 or another power of two: \`mpirun -n ${2 ** Math.floor(Math.log2(size))} …\``,
  );
}

/** What is divided beside the configuration. */
interface Divisible {
  /** I */
  readonly items: number;
  /** Whether it is trained already. Default: false. */
  readonly isTrained?: boolean;
}

/**
 * Refuses what several processes cannot divide.
 *
 * @throws ConfigError, ArgumentError or BackendError that says what to do instead
 */
export function requireDivisible(
  { size }: Collective,
  config: ModelConfig,
  { items, isTrained = false }: Divisible,
): void {
  const { model } = config;
  if (model !== 'mult-vae' && model !== 'mult-dae' && model !== 'rec-vae') {
    throw new ConfigError(
      `--distributed divides mult-vae, mult-dae and rec-vae, not ${model}; leave --distributed out`,
    );
  }
  if (config.sampledItems !== 0 && !isTrained) {
    throw new ConfigError(
      '--distributed scores all items in each step; set sampledItems to 0, or leave --distributed out',
    );
  }
  const blocks = blockCount(items);
  if (size > blocks) {
    throw new ArgumentError(
      `${items} items are divided over ${blocks} process${blocks === 1 ? '' : 'es'} at most, and ${size} were started; \`mpirun -n ${blocks} …\` starts ${blocks}`,
    );
  }
}

/**
 * The part of a run's weights that this process takes.
 *
 * @throws ConfigError or ArgumentError for a run that cannot be divided
 */
export function ownPart({ collective }: Ranks): ChoosePart {
  return ({ config, items }) => {
    requireDivisible(collective, config, { items: items.length, isTrained: true });
    const { first, last } = new ItemPart(items.length, collective);
    return { items: { first, last }, axes: axesOf(config, items.length) };
  };
}

/** Of each parameter that a run of a network keeps: the axis along which it has one entry an item. */
export function axesOf(config: ModelConfig, items: number): Record<string, number> {
  return itemAxes(networkOf(unsampled(config as NetworkConfig), items).shape);
}

/**
 * Refuses processes that would not compute the same bits, and shares the cores of a machine among those that may use the
 * same ones.
 *
 * @param threads - as the caller asked for; undefined for an equal share of the cores
 * @throws BackendError that says what to do
 */
export function requireSameArithmetic(
  { collective }: Pick<Ranks, 'collective'>,
  engine: Engine,
  threads: number | undefined,
): void {
  if (engine.name !== 'native') {
    throw new BackendError(
      `--distributed computes on native alone, whose sums have the same bits on any number of processes, and not on ${engine.name}; add --backend native, and see \`multvae doctor\``,
    );
  }
  const { instructionSet, threads: cores } = engine.arithmetic!;
  const sets = texts(collective, instructionSet);
  if (new Set(sets).size > 1) {
    const all = sets.map((set, rank) => `${set} on process ${rank}`).join(', ');
    throw new BackendError(
      `the processes would round differently: ${all}. Set MULTVAE_ISA to one that all have, such as avx2`,
    );
  }
  const own = allowedCores();
  const sharing = texts(collective, own).filter((other) => other === own).length;
  if (threads === undefined) engine.setThreads?.(Math.max(1, Math.floor(cores / sharing)));
}

/** What each process says. */
function texts(collective: Collective, own: string): string[] {
  return collective.gather(Buffer.from(own)).map((bytes) => Buffer.from(bytes).toString());
}

/** This machine, and on Linux the cores to which mpirun may have bound this process. */
function allowedCores(): string {
  let cores = '';
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    cores = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '';
  } catch {
    // Another system, which binds no process.
  }
  return `${hostname()} ${cores}`;
}

/**
 * The claim of a run; of several processes the first one has it.
 *
 * @param claim - called by the first process
 */
export function claimed(
  ranks: Ranks | undefined,
  store: RunStore,
  claim: () => TrainingClaim,
): TrainingClaim {
  if (ranks === undefined) return claim();
  const { collective } = ranks;
  const own = collective.rank === 0 ? claim() : null;
  const [first] = collective.gather(Buffer.from(own?.id ?? ''));
  if (own !== null) return own;
  const id = Buffer.from(first!).toString();
  return { id, folder: store.pendingPath(id), release: () => undefined };
}

/** The size of what this process trains. */
export function ownSize(
  { columns, clicks, rows }: ClickMatrix,
  ranks: Ranks | undefined,
): TrainingSize {
  return { columns: Math.ceil(columns / (ranks?.collective.size ?? 1)), clicks, rows };
}

/**
 * Writes this process's part of the weights into the run's folder, unless it is the first, which publishes its own.
 *
 * @returns how the weights are divided; undefined where they are not
 * @throws RunError when the disk refuses
 */
export function writeOwnWeights(
  folder: string,
  { weights, division }: TrainedModel,
): DividedWeights | undefined {
  if (division === undefined) return undefined;
  const { axes, part } = division;
  const { collective, first, last, itemCount } = part;
  const { rank, size } = collective;
  let shard: WeightShard | null = null;
  if (rank > 0) {
    try {
      shard = writeShard(folder, { rank, size, items: { first, last } }, weights, axes);
    } catch (error) {
      throw unwritable(folder, error);
    }
  }
  const all = collective.gather(Buffer.from(JSON.stringify(shard)));
  const shards = all
    .slice(1)
    .map((bytes): WeightShard => JSON.parse(Buffer.from(bytes).toString()));
  return { itemCount, items: { first, last }, axes, shards };
}
