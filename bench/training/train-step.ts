/** Benchmark of one training step. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { uploadWeights } from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import { trainingStep } from '../../src/model/training/training-step.js';
import { RandomStream } from '../../src/random.js';
import { movieLensLike } from '../data/movielens-like.js';
import { median } from '../median.js';
import { watchNative } from './native-share.js';
import { peakBytes, restartPeak } from './peak-memory.js';

interface Flags {
  readonly items: string;
  readonly batch: string;
  readonly clicks: string;
  readonly steps: string;
  readonly sampledItems: string;
  readonly dtype: string;
  readonly backend?: string;
  readonly peer?: string;
}

const warmUpSteps = 2;
const users = 20_000;

/**
 * Times one training step of the paper's architecture, I-600-[200|200]-600-I, from sparse clicks to new
 * parameters, and prints one JSON line: the median of the steps after two warm-up steps, in milliseconds.
 *
 * `beside_parameters` is the peak memory of the timed steps in units of one batch's logits, without the memory held
 * before and without weights, gradients and moments.
 *
 * @param args - `--peer "CMD"` runs a command before and after, with the same flags appended; the command prints JSON
 *   with `step_ms`. The line then has the mean of both as `peer`, and `ratio`, ours over theirs.
 */
export async function trainStepBench(args: string[]): Promise<void> {
  const flags = new Command('train-step')
    .option('--items <n>', 'items', '20108')
    .option('--batch <n>', 'users a step', '500')
    .option('--clicks <n>', 'mean clicks a user', '73')
    .option('--steps <n>', 'steps timed', '7')
    .option('--sampled-items <n>', 'sampledItems of the model', '0')
    .option('--dtype <type>', 'f32 or bf16', 'f32')
    .option('--backend <name>', 'TensorFlow.js backend')
    .option('--peer <command>', 'the command of a training step to race')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Flags>();
  const items = Number(flags.items);
  const batch = Number(flags.batch);
  const before = flags.peer === undefined ? null : await peerStep(flags.peer, flags);
  const { times, version, native, beside } = await ownSteps(flags);
  const after = flags.peer === undefined ? null : await peerStep(flags.peer, flags);
  const value = median(times);
  const line: Record<string, unknown> = {
    bench: 'train-step',
    case: `${items} items, batch ${batch}${sampleInWords(flags)}, ${flags.dtype}, ${version}`,
    value: round(value),
    unit: 'ms',
    min: round(Math.min(...times)),
    max: round(Math.max(...times)),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    beside_parameters: beside,
  };
  if (native !== null) Object.assign(line, native);
  if (before !== null && after !== null) {
    line.peer = round((before + after) / 2);
    line.ratio = Number((value / ((before + after) / 2)).toFixed(3));
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function sampleInWords({ sampledItems }: Flags): string {
  return sampledItems === '0' ? '' : `, sampledItems ${sampledItems}`;
}

interface OwnSteps {
  /** Milliseconds of each timed step. */
  readonly times: readonly number[];
  readonly version: string;
  readonly native: object | null;
  readonly beside: number;
}

async function ownSteps(flags: Flags): Promise<OwnSteps> {
  const items = Number(flags.items);
  const batch = Number(flags.batch);
  const steps = Number(flags.steps);
  const engine = await openEngine(
    flags.backend === undefined ? undefined : parseBackendName(flags.backend),
  );
  const config = parseConfig('mult-vae', {
    batchSize: batch,
    precision: flags.dtype,
    sampledItems: Number(flags.sampledItems),
  });
  const clicks = movieLensLike(users, items, Number(flags.clicks));
  const network = networkOf(config, items);
  const rssBefore = process.memoryUsage.rss();
  const weights = uploadWeights(engine.tf, network.initialWeights(), network.shape);
  const optimizer = new Optimizer(engine.tf, weights, { learningRate: config.learningRate });
  const random = new RandomStream(0, 'batches');
  const times: number[] = [];
  const clock = watchNative(engine);
  const native: Map<string, number>[] = [];
  for (let step = 0; step < warmUpSteps + steps; step++) {
    if (step === warmUpSteps) restartPeak();
    const start = performance.now();
    const rows = clicks.select(Int32Array.from({ length: batch }, () => random.integer(users)));
    clock?.read();
    const pass = network.passes[0]!;
    const input = { clicks: rows, update: step, beta: 0.2, pass };
    await trainingStep(engine.tf, network, optimizer, input);
    // Reading a parameter waits for the update, which a device may still be computing.
    await optimizer.weights['decoder/logits/bias']!.data();
    times.push(performance.now() - start);
    if (clock) native.push(clock.read());
  }
  const peak = peakBytes();
  const parameters = Object.values(optimizer.weights).reduce((sum, { size }) => sum + size, 0);
  optimizer.dispose();
  const split = clock && nativeSplit(times.slice(warmUpSteps), native.slice(warmUpSteps));
  const version = `${engine.name}: ${engine.version}`;
  const spent = peak - rssBefore - 4 * 4 * parameters;
  const beside = Number((spent / (4 * batch * items)).toFixed(2));
  return { times: times.slice(warmUpSteps), version, native: split, beside };
}

/** Medians of the time in the addon: in total, by function, and as a share of the step. */
function nativeSplit(times: readonly number[], spent: readonly Map<string, number>[]): object {
  const totals = spent.map((step) => [...step.values()].reduce((sum, ms) => sum + ms, 0));
  const names = [...new Set(spent.flatMap((step) => [...step.keys()]))];
  const byFunction = names.map((name): [string, number] => [
    name,
    round(median(spent.map((step) => step.get(name) ?? 0))),
  ]);
  return {
    native_ms: round(median(totals)),
    js_ms: round(median(times.map((ms, k) => ms - totals[k]!))),
    native_share: Number(median(times.map((ms, k) => totals[k]! / ms)).toFixed(3)),
    native_by_function: Object.fromEntries(byFunction.sort((a, b) => b[1] - a[1])),
  };
}

async function peerStep(command: string, flags: Flags): Promise<number> {
  const { items, batch, dtype, steps } = flags;
  const words = [command, '--items', items, '--batch', batch, '--dtype', dtype, '--steps', steps];
  const { stdout } = await promisify(execFile)('sh', ['-c', words.join(' ')]);
  return Number(JSON.parse(stdout.trim().split('\n').at(-1)!).step_ms);
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
