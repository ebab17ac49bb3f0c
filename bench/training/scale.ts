/** Benchmark of a training step at growing numbers of items. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const thousands = [5, 10, 20, 40, 80];

/** The fields used of a line of `train-step`. */
interface StepLine {
  readonly case: string;
  readonly value: number;
  readonly peak_rss_mb: number;
  readonly beside_parameters: number;
}

/**
 * Runs `train-step` at 5 to 80 thousand items, each in a new process, and prints one JSON line for each: microseconds
 * an item, and peak memory.
 *
 * @param args - flags of `train-step` except `--items`
 */
export async function scaleBench(args: string[]): Promise<void> {
  for (const items of thousands.map((count) => 1000 * count)) {
    const words = [...process.execArgv, process.argv[1]!, 'train-step', '--items', `${items}`];
    const { stdout } = await promisify(execFile)(process.execPath, [...words, ...args]);
    const step = JSON.parse(stdout) as StepLine;
    const line = {
      bench: 'scale',
      case: step.case,
      value: Number(((1000 * step.value) / items).toFixed(2)),
      unit: 'us an item',
      step_ms: step.value,
      peak_rss_mb: step.peak_rss_mb,
      beside_parameters: step.beside_parameters,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
