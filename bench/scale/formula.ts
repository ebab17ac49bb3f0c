/** What a step of the paper's network costs when its items are divided, computed from a few measured numbers. */

import { Command } from 'commander';

/** The width of the paper's hidden layers, and users a step. */
const hidden = 600;

/** What hosts and their network can do. */
export interface Hosts {
  /** A step of one host on I items takes fixedMs + I·msAnItem. */
  readonly fixedMs: number;
  readonly msAnItem: number;
  /** Bytes a millisecond that a host sends, and receives at the same time. */
  readonly bytesAMs: number;
  /** From one host to another. */
  readonly latencyMs: number;
}

/**
 * Bytes that a process sends in a step of Mult-VAE: two sums of [B, 600], each 2·(N − 1)/N of it, and log₂ N times the
 * three numbers of each user's softmax.
 */
export function bytesOfStep(ranks: number, batch: number): number {
  const sums = (2 * 2 * (ranks - 1) * batch * hidden * 4) / ranks;
  return sums + Math.log2(ranks) * batch * 3 * 8;
}

/** Messages that wait for each other in a step: 2·log₂ N for each of the two sums, and log₂ N for the softmaxes. */
export function messagesOfStep(ranks: number): number {
  return 5 * Math.log2(ranks);
}

/** Milliseconds of a step, and those in sums. */
export function stepOf(
  hosts: Hosts,
  {
    items,
    ranks,
    batch,
  }: { readonly items: number; readonly ranks: number; readonly batch: number },
): { readonly stepMs: number; readonly sumMs: number } {
  const sumMs =
    bytesOfStep(ranks, batch) / hosts.bytesAMs + messagesOfStep(ranks) * hosts.latencyMs;
  return { stepMs: hosts.fixedMs + (hosts.msAnItem * items) / ranks + sumMs, sumMs };
}

/**
 * Bytes that a process sends in a step when the users are divided instead: a ring all-reduce of the gradient of every
 * parameter of 600-200-600.
 */
export function denseBytes(ranks: number, items: number): number {
  const parameters =
    2 * hidden * items + items + hidden + 400 * hidden + 400 + 200 * hidden + hidden;
  return (2 * (ranks - 1) * parameters * 4) / ranks;
}

/** Prints a JSON line for each number of items and of hosts. */
export async function scaleFormulaBench(args: string[]): Promise<void> {
  const flags = new Command('scale-formula')
    .requiredOption('--fixed-ms <ms>', 'what a step costs beside its items')
    .requiredOption('--ms-a-thousand <ms>', 'what a step costs for each thousand items')
    .option('--gbit <n>', 'gigabits a second', '1')
    .option('--latency-ms <ms>', 'from host to host', '0.05')
    .option('--batch <n>', 'users a step', '500')
    .option('--items <list>', 'numbers of items', '20108,200000,2000000')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Record<string, string>>();
  const batch = Number(flags.batch);
  const hosts: Hosts = {
    fixedMs: Number(flags.fixedMs),
    msAnItem: Number(flags.msAThousand) / 1000,
    bytesAMs: (Number(flags.gbit) * 1e9) / 8 / 1000,
    latencyMs: Number(flags.latencyMs),
  };
  for (const items of flags.items!.split(',').map(Number)) {
    for (let ranks = 1; ranks <= 64; ranks *= 2) {
      const { stepMs, sumMs } = stepOf(hosts, { items, ranks, batch });
      const line = {
        bench: 'scale-formula',
        case: `${items} items, ${ranks} hosts, ${flags.gbit} Gbit/s`,
        value: Number(stepMs.toFixed(1)),
        unit: 'ms',
        sum_ms: Number(sumMs.toFixed(1)),
        sent_mb: Number((bytesOfStep(ranks, batch) / 1e6).toFixed(2)),
        dense_mb: Number((denseBytes(ranks, items) / 1e6).toFixed(0)),
        dense_ms: Number(
          (
            hosts.fixedMs +
            (hosts.msAnItem * items) / ranks +
            denseBytes(ranks, items) / hosts.bytesAMs
          ).toFixed(0),
        ),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  }
}
