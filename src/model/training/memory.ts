/** The memory that a training takes at most, and whether this machine has it. */

import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import type { ModelConfig } from '../../config/models.js';
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
    default:
      return null;
  }
}

/** Bytes of memory that this process may use: the machine's, or fewer where a container limits them. */
export function machineMemory(): number {
  const limit = constrainedMemory?.() ?? 0;
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
 * Refuses a training that cannot fit.
 *
 * @param bytes - of memory. Default: those of this machine
 * @throws ConfigError that says how many bytes are missing, and which value fits
 */
export function requireMemory(
  config: ModelConfig,
  train: TrainingSize,
  bytes = machineMemory(),
): void {
  const peak = peakMemory(config, train);
  if (peak === null || peak <= bytes) return;
  const value = fittingValue(config, train, bytes);
  const remedy =
    value === null
      ? `Train ${config.model === 'ease' ? 'sparse-ease or elsa' : 'popularity'} instead, or take a machine with more memory`
      : `Set ${value}, or take a machine with more memory`;
  throw new ConfigError(
    `${config.model} on ${train.columns} items and ${train.clicks} clicks takes up to ${gigabytes(peak)} of memory, and this machine has ${gigabytes(bytes)}. ${remedy}.`,
  );
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
