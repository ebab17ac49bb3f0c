/** The memory that a training takes at most, and whether this machine has it. */

import { totalmem } from 'node:os';
import type { EnsembleConfig, ModelConfig, SingleConfig } from '../../config/models.js';
import { ConfigError } from '../../errors.js';
import { easeMemory } from '../ease.js';
import { elsaMemory } from '../elsa/elsa-network.js';
import { kernelAeMemory } from '../kernel/kernel-ae.js';
import { sparseEaseMemory } from '../sparse-ease.js';
import {
  networkMemory,
  type ScoringConfig,
  type TrainingSize,
  totalBytes,
} from './network-memory.js';

/**
 * Peak memory of a training in bytes, beside the data.
 *
 * @param train - [U, I]
 * @returns null for a model that needs little
 */
export function peakMemory(config: ModelConfig, train: TrainingSize): number | null {
  const { rows, columns, clicks } = train;
  if ('sampledItems' in config) {
    const peak = totalBytes(networkMemory(config, train));
    return peak < little ? null : peak;
  }
  switch (config.model) {
    case 'ease':
      return easeMemory(columns);
    case 'elsa':
      return elsaMemory(config, columns);
    case 'kernel-ae':
      return rows === undefined ? null : kernelAeMemory(rows, columns);
    case 'sparse-ease':
      return sparseEaseMemory(config, columns, clicks);
    case 'ensemble':
      return ensembleMemory(config, train);
    default:
      return null;
  }
}

/** Members are trained one after the other, while the weights of those before are held. */
function ensembleMemory({ members }: EnsembleConfig, train: TrainingSize): number | null {
  let held = 0;
  let peak = 0;
  for (const { config } of members) {
    peak = Math.max(peak, held + (peakMemory(config, train) ?? 0));
    held += weightBytes(config, train);
  }
  return peak < little ? null : peak;
}

/** Bytes of the weights that a run keeps of a model; 0 for one that keeps few. */
function weightBytes(config: SingleConfig, train: TrainingSize): number {
  const { columns: items, rows = 0 } = train;
  if ('sampledItems' in config) return networkMemory(config, train).best;
  switch (config.model) {
    case 'ease':
      return 4 * items ** 2;
    case 'elsa':
      return 4 * items * config.latentDim;
    case 'sparse-ease':
      return 8 * items * Math.min(config.neighbours, items);
    case 'kernel-ae':
      return 4 * items * rows;
    default:
      return 0;
  }
}

/** Bytes of memory that a training can have: those of this machine, less what the data and the program hold already. */
export function freeMemory(): number {
  return Math.max(0, machineMemory() - process.memoryUsage.rss());
}

/** Bytes of memory that this process may use: the machine's, or fewer where a container limits them. */
export function machineMemory(): number {
  // The global: importing node:process opens stdin, which a program may read by itself.
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Networks that take less say nothing of it. */
const little = 1e9;
/** The sample that a network is told to take where it cannot score all items in a step. */
const advisedSample = 10_000;

/** The hyper-parameter that a model's memory follows. */
interface Size {
  readonly name: string;
  readonly given: number;
  /** The configuration with another value, and that value as `--set` takes it. */
  readonly at: (value: number) => { readonly config: ModelConfig; readonly value: unknown };
}

function sizeOf(config: ModelConfig): Size | null {
  const number = (name: string): Size => ({
    name,
    given: (config as unknown as Record<string, number>)[name]!,
    at: (value) => ({ config: { ...config, [name]: value } as ModelConfig, value }),
  });
  switch (config.model) {
    case 'sparse-ease':
      return number('neighbours');
    case 'elsa':
      return number('latentDim');
    case 'rec-vae':
      return number('hiddenDim');
    case 'mult-vae':
    case 'mult-dae': {
      const { hiddenDims } = config;
      if (hiddenDims.length === 0) return number('latentDim');
      const narrowed = (value: number) => hiddenDims.map((width) => Math.min(width, value));
      return {
        name: 'hiddenDims',
        given: Math.max(...hiddenDims),
        at: (value) => ({
          config: { ...config, hiddenDims: narrowed(value) },
          value: JSON.stringify(narrowed(value)),
        }),
      };
    }
    default:
      return null;
  }
}

/**
 * Refuses a training that cannot fit. Of an ensemble it names the member.
 *
 * @param bytes - of memory. Default: what this machine has beside the data
 * @throws ConfigError that says how many bytes are missing, and which value fits
 */
export function requireMemory(
  config: ModelConfig,
  train: TrainingSize,
  bytes = freeMemory(),
): void {
  if (config.model === 'ensemble') {
    let left = bytes;
    for (const { config: member } of config.members) {
      requireMemory(member, train, left);
      left -= weightBytes(member, train);
    }
    return;
  }
  const peak = peakMemory(config, train);
  if (peak === null || peak <= bytes) return;
  const value = fittingValue(config, train, bytes);
  const remedy = value === null ? `Train ${smallerModels(config)} instead` : `Set ${value}`;
  throw new ConfigError(
    `${config.model} on ${sizeInWords(config, train)} takes up to ${gigabytes(peak)} of memory, and this machine has ${gigabytes(bytes)} beside the data. ${remedy}, or take a machine with more memory.`,
  );
}

/** What the memory of a model follows. */
function sizeInWords({ model }: ModelConfig, { rows, columns, clicks }: TrainingSize): string {
  return model === 'kernel-ae'
    ? `${rows} training users and ${columns} items`
    : `${columns} items and ${clicks} clicks`;
}

/** Models that need less memory than one that has no size to set. */
function smallerModels({ model }: ModelConfig): string {
  switch (model) {
    case 'ease':
      return 'sparse-ease or elsa';
    case 'kernel-ae':
      return 'sparse-ease, elsa or mult-vae';
    default:
      return 'popularity';
  }
}

/** The hyper-parameter and the value with which a training fits, in words; null for none. */
function fittingValue(config: ModelConfig, train: TrainingSize, bytes: number): string | null {
  const fits = (other: ModelConfig) => (peakMemory(other, train) ?? 0) <= bytes;
  if (isUnsampled(config) && fits({ ...config, sampledItems: advisedSample })) {
    return `sampledItems to ${advisedSample}`;
  }
  const size = sizeOf(config);
  if (size === null) return null;
  let fitting = 0;
  let failing = size.given;
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    if (fits(size.at(middle).config)) fitting = middle;
    else failing = middle;
  }
  return fitting === 0 ? null : `${size.name} to ${size.at(fitting).value} or less`;
}

function isUnsampled(config: ModelConfig): config is ScoringConfig {
  return 'sampledItems' in config && config.sampledItems === 0;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
