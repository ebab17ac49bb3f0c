/** Benchmark of the native matrix product beside OpenBLAS. */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import { type InstructionSet, instructionSets } from '../../src/backend/native/operations.js';
import { ArgumentError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { median } from '../median.js';

interface Case {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly leftTransposed: boolean;
  readonly rightTransposed: boolean;
}

/** The product of the last layer and the two of its gradient: nine tenths of a training step's work. */
function cases(items: number, batch: number, width: number): Case[] {
  return [
    {
      name: 'h·W',
      rows: batch,
      columns: items,
      depth: width,
      leftTransposed: false,
      rightTransposed: false,
    },
    {
      name: 'dy·Wᵀ',
      rows: batch,
      columns: width,
      depth: items,
      leftTransposed: false,
      rightTransposed: true,
    },
    {
      name: 'hᵀ·dy',
      rows: width,
      columns: items,
      depth: batch,
      leftTransposed: true,
      rightTransposed: false,
    },
  ];
}

/**
 * Races the native matrix product against OpenBLAS, one call of each in turn, and prints one JSON line a product.
 *
 * Rates are in GFLOP/s, from the medians of the times; `ratio` is ours over theirs. OpenBLAS runs in a process of its
 * own, from a C program that is compiled here. Without OpenBLAS or a compiler, the line has no `peer`.
 */
export async function gemmBench(args: string[]): Promise<void> {
  const flags = new Command('gemm')
    .option('--items <n>', 'items', '20108')
    .option('--batch <n>', 'users a step', '500')
    .option('--width <n>', 'width of the last hidden layer', '600')
    .option('--threads <n>', 'threads of both', String(loadNativeKernels().info().cores))
    .option('--runs <n>', 'timed products a case', '15')
    .option('--isa <name>', 'instruction set')
    .option('--dtype <type>', 'f32 or bf16', 'f32')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<
      Record<'items' | 'batch' | 'width' | 'threads' | 'runs' | 'dtype', string> & { isa?: string }
    >();
  const kernels = loadNativeKernels();
  if (flags.isa !== undefined) kernels.setIsa(parseIsa(flags.isa));
  const threads = Number(flags.threads);
  kernels.setThreads(threads);
  const peer = await startOpenBlas(threads);
  for (const one of cases(Number(flags.items), Number(flags.batch), Number(flags.width))) {
    const { rows, columns, depth } = one;
    const random = new RandomStream(0, 'gemm');
    const fill = (length: number) => Float32Array.from({ length }, () => random.float() - 0.5);
    const left = fill(rows * depth);
    const right = fill(depth * columns);
    const out = new Float32Array(rows * columns);
    const multiply = () => {
      const start = performance.now();
      if (flags.dtype === 'bf16') kernels.multiplyBf16(out, left, right, one);
      else kernels.multiply(out, left, right, one);
      return (performance.now() - start) / 1000;
    };
    const own: number[] = [];
    const theirs: number[] = [];
    for (let run = -1; run < Number(flags.runs); run++) {
      const seconds = [multiply(), peer === null ? 0 : await peer.multiply(one)] as const;
      if (run < 0) continue; // both warm up
      own.push(seconds[0]);
      theirs.push(seconds[1]);
    }
    const rate = (times: readonly number[]) => (2e-9 * rows * columns * depth) / median(times);
    const line: Record<string, unknown> = {
      bench: 'gemm',
      case: `${one.name} ${rows}x${depth}x${columns}, ${flags.dtype}, ${kernels.info().isa}, ${threads} threads`,
      value: Number(rate(own).toFixed(1)),
      unit: 'GFLOP/s',
    };
    if (peer !== null) {
      line.peer = Number(rate(theirs).toFixed(1));
      line.peer_name = peer.name;
      line.ratio = Number((rate(own) / rate(theirs)).toFixed(3));
    }
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  peer?.stop();
}

function parseIsa(name: string): InstructionSet {
  const known = instructionSets.find((isa) => isa === name);
  if (known) return known;
  throw new ArgumentError(`--isa is "${name}"; it must be one of ${instructionSets.join(', ')}`);
}

interface Peer {
  readonly name: string;
  multiply(shape: Case): Promise<number>;
  stop(): void;
}

async function startOpenBlas(threads: number): Promise<Peer | null> {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-gemm-'));
  const program = join(folder, 'openblas');
  const source = fileURLToPath(new URL('openblas.c', import.meta.url));
  try {
    execFileSync('cc', ['-O2', source, '-o', program, '-lopenblas'], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    process.stderr.write(
      'gemm: OpenBLAS or a C compiler is missing (Debian: apt-get install gcc libopenblas-dev)\n',
    );
    return null;
  }
  const child: ChildProcessWithoutNullStreams = spawn(program, [String(threads)]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const core = await next();
  rmSync(folder, { recursive: true });
  return {
    name: `OpenBLAS (${core})`,
    async multiply({ rows, columns, depth, leftTransposed, rightTransposed }) {
      const words = [rows, columns, depth, Number(leftTransposed), Number(rightTransposed)];
      child.stdin.write(`${words.join(' ')}\n`);
      return Number(await next());
    },
    stop: () => child.stdin.end(),
  };
}
