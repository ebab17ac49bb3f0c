/** Benchmark of training steps that several processes divide. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { bytesOfStep } from './formula.js';

/** What a process measured. */
export interface RankMeasures {
  readonly library: string;
  readonly engine: string;
  readonly stepMs: number;
  /** Time in sums over the processes, the wait for the slowest included. */
  readonly sumMs: number;
  /** Bytes that it sent in a step. */
  readonly sentBytes: number;
  readonly peakBytes: number;
}

interface Flags {
  readonly items: string;
  readonly batch: string;
  readonly steps: string;
  readonly ranks: string;
  readonly transports: string;
  readonly launch: string;
}

/** How Open MPI carries messages, by flags of mpirun. */
const transports: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  tcp: ['--mca', 'btl', 'tcp,self'],
};

/**
 * Steps of the paper's network, I-600-[200|200]-600-I, divided over processes of one thread each, which mpirun starts on
 * this machine. One JSON line for each number of items, of processes and transport: the median step of the slowest
 * process, the time in sums, bytes sent a step beside the formula, and the largest process.
 *
 * A step of one process is a + b·I; the first two numbers of items give a and b. `predicted_ms` is a + b·I/N and the
 * time in sums of another measurement: that of as many processes on the fewest items, where little else is to wait for.
 */
export async function distributedBench(args: string[]): Promise<void> {
  const flags = new Command('distributed')
    .option('--items <list>', 'numbers of items, the two smallest first', '5000,20108')
    .option('--batch <n>', 'users a step', '500')
    .option('--steps <n>', 'steps timed', '7')
    .option('--ranks <list>', 'numbers of processes', '1,2,4')
    .option('--transports <list>', `of ${Object.keys(transports).join(', ')}`, 'memory,tcp')
    .option(
      '--launch <command>',
      'starts the processes; flags follow',
      'mpirun --oversubscribe --bind-to none',
    )
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Flags>();
  const counts = numbers(flags.items);
  const batch = Number(flags.batch);
  const alone: { items: number; ms: number }[] = [];
  const sums = new Map<string, number>();
  for (const items of counts) {
    for (const ranks of numbers(flags.ranks)) {
      for (const transport of ranks === 1 ? ['memory'] : flags.transports.split(',')) {
        const measures = await measure(flags.launch, { ranks, transport }, [
          String(items),
          flags.batch,
          flags.steps,
        ]);
        const slowest = Math.max(...measures.map(({ stepMs }) => stepMs));
        const inSums = Math.min(...measures.map(({ sumMs }) => sumMs));
        if (ranks === 1) alone.push({ items, ms: slowest });
        const key = `${ranks} ${transport}`;
        if (!sums.has(key)) sums.set(key, inSums);
        const predicted = predictedMs(alone, items / ranks, sums.get(key)!);
        const sent = measures[0]!.sentBytes;
        const line = {
          bench: 'distributed',
          case: `${items} items, batch ${batch}, ${ranks} processes, ${transport}, ${measures[0]!.library}, ${measures[0]!.engine}`,
          value: round(slowest),
          unit: 'ms',
          sum_ms: round(inSums),
          sent_bytes: sent,
          formula_bytes: bytesOfStep(ranks, batch),
          peak_mb: Math.round(Math.max(...measures.map(({ peakBytes }) => peakBytes)) / 1e6),
          ...(predicted !== null && { predicted_ms: round(predicted) }),
        };
        process.stdout.write(`${JSON.stringify(line)}\n`);
      }
    }
  }
}

async function measure(
  launch: string,
  { ranks, transport }: { readonly ranks: number; readonly transport: string },
  words: readonly string[],
): Promise<RankMeasures[]> {
  const file = fileURLToPath(new URL('./rank.ts', import.meta.url));
  const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  const [command, ...first] = launch.split(' ') as [string, ...string[]];
  const flags = [...first, ...transports[transport]!, '-n', String(ranks)];
  const program = [process.execPath, '--import', 'tsx', file, ...words];
  const { stdout } = await promisify(execFile)(command, [...flags, ...program], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** The formula's milliseconds; null before two numbers of items were measured alone. */
function predictedMs(
  alone: readonly { readonly items: number; readonly ms: number }[],
  items: number,
  inSums: number,
): number | null {
  const [small, large] = alone;
  if (small === undefined || large === undefined) return null;
  const perItem = (large.ms - small.ms) / (large.items - small.items);
  return small.ms + perItem * (items - small.items) + inSums;
}

function numbers(list: string): number[] {
  return list.split(',').map(Number);
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
