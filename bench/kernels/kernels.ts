/** Benchmark of the other native kernels. */

import { Command } from 'commander';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import type { NativeKernels } from '../../src/backend/native/kernels.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { RandomStream } from '../../src/random.js';
import { median } from '../median.js';

/** Latent dimensions of the paper's networks. */
const latent = 200;

/** A kernel and the bytes it must move; bytes that it moves repeatedly count once. */
interface Case {
  readonly name: string;
  readonly bytes: number;
  run(): void;
}

/**
 * Times every kernel but the matrix product at the shapes of a training step and prints one JSON line for each.
 *
 * `value` is in GB/s. `ratio` is the rate over that of a 40 MB copy by the same threads in the same run; a kernel near 1
 * is limited by memory alone.
 */
export async function kernelsBench(args: string[]): Promise<void> {
  const flags = new Command('kernels')
    .option('--items <n>', 'items', '20108')
    .option('--batch <n>', 'users a step', '500')
    .option('--width <n>', 'width of a hidden layer', '600')
    .option('--threads <n>', 'threads', String(loadNativeKernels().info().cores))
    .option('--runs <n>', 'timed runs a kernel', '11')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Record<'items' | 'batch' | 'width' | 'threads' | 'runs', string>>();
  const kernels = loadNativeKernels();
  kernels.setThreads(Number(flags.threads));
  const all = cases(kernels, Number(flags.items), Number(flags.batch), Number(flags.width));
  const floor = all[0]!;
  for (const one of all) {
    const own: number[] = [];
    const copies: number[] = [];
    for (let run = -1; run < Number(flags.runs); run++) {
      const seconds = [time(one), time(floor)] as const;
      if (run < 0) continue;
      own.push(seconds[0]);
      copies.push(seconds[1]);
    }
    const rate = one.bytes / median(own) / 1e9;
    const copyRate = floor.bytes / median(copies) / 1e9;
    const line = {
      bench: 'kernels',
      case: `${one.name}, ${kernels.info().isa}, ${flags.threads} threads`,
      value: Number(rate.toFixed(2)),
      unit: 'GB/s',
      ms: Number((median(own) * 1000).toFixed(3)),
      peer: Number(copyRate.toFixed(2)),
      ratio: Number((rate / copyRate).toFixed(3)),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

function cases(k: NativeKernels, items: number, batch: number, width: number): Case[] {
  const random = new RandomStream(0, 'kernels');
  const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
  const cells = batch * items;
  const logits = normal(cells);
  const out = new Float32Array(cells);
  const weights = normal(items * width);
  const gradient = normal(items * width);
  const m = new Float32Array(items * width);
  const v = new Float32Array(items * width);
  const hidden = normal(batch * width);
  const row = normal(items);
  const column = normal(batch);
  const clicks = ClickMatrix.fromRows(
    items,
    Array.from({ length: batch }, () =>
      // The square of a uniform number makes the first items popular.
      [...new Set(Array.from({ length: 73 }, () => Math.floor(random.float() ** 2 * items)))],
    ),
  );
  const nll = new Float32Array(batch);
  const parts = new Float32Array(2 * batch);
  const dy = column;
  const best = new Float32Array(100 * batch);
  const bestItems = new Int32Array(100 * batch);
  const coefficients = { learningRate: 1e-9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const rowSums = new Float32Array(batch);
  const columnSums = new Float32Array(items);
  const normOut = new Float32Array(hidden.length);
  const mean = new Float32Array(batch);
  const spread = new Float32Array(batch);
  const gain = normal(width);
  const bias = normal(width);
  const mu = normal(batch * latent);
  const logvar = normal(batch * latent);
  const noise = normal(batch * latent);
  const z = normal(batch * latent);
  const state = Int32Array.of(1, 2, 3, 4);
  const layer = { weights, bias: row, depth: width };
  const code = { rows: batch, columns: latent };
  const f = 4;
  const both = 2 * f * cells;
  const whole = { offset: 0, stride: cells };
  return [
    {
      name: 'copy',
      bytes: both,
      run: () => k.copyRows(out, whole, logits, whole, { rows: 1, columns: cells }),
    },
    { name: 'fill', bytes: f * cells, run: () => k.fill(out, 0) },
    ...(['negate', 'exp', 'log', 'tanh', 'sigmoid', 'softplus', 'sqrt'] as const).map((name) => ({
      name,
      bytes: both,
      run: () => k.unary(out, name, logits),
    })),
    {
      name: 'add, same shape',
      bytes: 3 * f * cells,
      run: () => k.binary(out, 'add', logits, [batch, items], logits, [batch, items]),
    },
    {
      name: 'add, a row to all',
      bytes: both,
      run: () => k.binary(out, 'add', logits, [batch, items], row, [items]),
    },
    {
      name: 'multiply, a column to all',
      bytes: both,
      run: () => k.binary(out, 'multiply', logits, [batch, items], column, [batch, 1]),
    },
    {
      name: 'sum of rows',
      bytes: f * cells,
      run: () => k.reduce(rowSums, 'sum', logits, { outer: batch, n: items, inner: 1 }),
    },
    {
      name: 'sum of columns',
      bytes: f * cells,
      run: () => k.reduce(columnSums, 'sum', logits, { outer: 1, n: batch, inner: items }),
    },
    {
      name: 'softmax',
      bytes: both,
      run: () => k.softmax(out, logits, { rows: batch, columns: items }),
    },
    {
      name: 'multinomial likelihood',
      bytes: f * cells,
      run: () => k.multinomial(parts, logits, clicks, items),
    },
    {
      name: 'multinomial gradient',
      bytes: both,
      run: () => k.multinomialGradient(out, logits, parts, dy, clicks),
    },
    {
      name: 'adam',
      bytes: 7 * f * items * width,
      run: () => k.adam(weights, m, v, gradient, coefficients, 1),
    },
    {
      name: 'sparse product',
      bytes: f * width * (clicks.clicks + batch),
      run: () => k.sparseProduct(normOut, { clicks }, weights, width),
    },
    {
      name: 'sparse gradient',
      bytes: f * width * (items + clicks.clicks),
      run: () => k.sparseProductGradient(gradient, { clicks }, hidden, width),
    },
    {
      name: 'transpose',
      bytes: both,
      run: () => k.permute(out, logits, [batch, items], [1, 0]),
    },
    {
      name: 'layer norm',
      bytes: 2 * f * hidden.length,
      run: () =>
        k.layerNorm(normOut, mean, spread, hidden, gain, bias, 0.1, {
          rows: batch,
          columns: width,
        }),
    },
    { name: 'normals', bytes: f * z.length, run: () => k.normals(z, state) },
    {
      name: 'sample of the code',
      bytes: 4 * f * z.length,
      run: () => k.sampleCode(z, mu, logvar, noise),
    },
    {
      name: 'divergence',
      bytes: 2 * f * z.length,
      run: () => k.divergence(nll, mu, logvar, code),
    },
    {
      name: 'divergence gradient',
      bytes: 4 * f * z.length,
      run: () => k.divergenceGradient(noise, z, mu, logvar, dy, code),
    },
    {
      name: 'top 100',
      bytes: f * cells,
      run: () => k.topN(bestItems, best, 100, logits, clicks),
    },
    {
      name: 'decode and top 100',
      bytes: f * items * width,
      run: () => k.decodeTopN(bestItems, best, 100, hidden, layer, clicks),
    },
  ];
}

function time(one: Case): number {
  const start = performance.now();
  one.run();
  return (performance.now() - start) / 1000;
}
