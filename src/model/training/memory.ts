/** The memory that a training takes at most, and whether this machine has it. */

import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import type { ModelConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ConfigError } from '../../errors.js';
import { easeMemory } from '../ease.js';
import { elsaMemory } from '../elsa/elsa-network.js';
import { sparseEaseMemory } from '../sparse-ease.js';

/**
 * Peak memory of a training in bytes, beside the data.
 *
 * @param train - [U, I]
 * @returns null for a model that needs little
 */
export function peakMemory(
  config: ModelConfig,
  { columns, clicks }: Pick<ClickMatrix, 'columns' | 'clicks'>,
): number | null {
  switch (config.model) {
    case 'ease':
      return easeMemory(columns);
    case 'elsa':
      return elsaMemory(config, columns);
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

/** The hyper-parameter that a model's memory follows. */
const sizes: Readonly<Record<string, string>> = { elsa: 'latentDim', 'sparse-ease': 'neighbours' };

/**
 * Refuses a training that cannot fit.
 *
 * @param bytes - of memory. Default: those of this machine
 * @throws ConfigError that says how many bytes are missing, and which value fits
 */
export function requireMemory(
  config: ModelConfig,
  train: Pick<ClickMatrix, 'columns' | 'clicks'>,
  bytes = machineMemory(),
): void {
  const peak = peakMemory(config, train);
  if (peak === null || peak <= bytes) return;
  const size = sizes[config.model];
  const given = size === undefined ? 0 : (config as unknown as Record<string, number>)[size]!;
  const largest = size === undefined ? 0 : largestFitting(config, train, { size, given, bytes });
  const remedy =
    largest > 0
      ? `Set ${size} to ${largest} or less, or take a machine with more memory`
      : 'Train popularity, sparse-ease with few neighbours, or on a machine with more memory';
  throw new ConfigError(
    `${config.model} on ${train.columns} items and ${train.clicks} clicks takes up to ${gigabytes(peak)} of memory, and this machine has ${gigabytes(bytes)}. ${remedy}.`,
  );
}

/** The largest value below the given one that fits; 0 for none. */
function largestFitting(
  config: ModelConfig,
  train: Pick<ClickMatrix, 'columns' | 'clicks'>,
  { size, given, bytes }: { size: string; given: number; bytes: number },
): number {
  let fitting = 0;
  let failing = given;
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    const peak = peakMemory({ ...config, [size]: middle } as ModelConfig, train)!;
    if (peak <= bytes) fitting = middle;
    else failing = middle;
  }
  return fitting;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
