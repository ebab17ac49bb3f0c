/** Benchmark of imports and of the click matrix. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseShape, SyntheticRatings, sampleSeed } from '../../src/data/synthetic/synthetic.js';
import { writeSyntheticFiles } from '../../src/data/synthetic/synthetic-files.js';

const packageRoot = resolve(fileURLToPath(new URL('.', import.meta.url)), '../..');

/**
 * Measures imports and the click matrix of `ml-1m`, if its files are present, and of a generated data set.
 *
 * Each measurement runs in a new process that loads only the built library.
 *
 * @param args - the shape of the generated data; default: `ml-20m`
 */
export async function importBench(args: string[]): Promise<void> {
  const shape = args[0] ?? 'ml-20m';
  const synthetic = new SyntheticRatings(parseShape(shape), sampleSeed);
  const folder = await mkdtemp(join(tmpdir(), 'multvae-bench-'));
  try {
    const datasets = process.env.MULTVAE_DATASETS ?? join(packageRoot, '..', 'shared', 'datasets');
    const ml1m = join(datasets, 'ml-1m');
    if (existsSync(ml1m)) await measure('ml-1m', ml1m, join(folder, 'home-1m'));
    else process.stderr.write(`import: skips ml-1m, because ${ml1m} does not exist\n`);
    const generated = join(folder, 'generated');
    await writeSyntheticFiles(synthetic, generated);
    await measure(`generated-${shape}`, generated, join(folder, 'home-generated'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(name: string, source: string, home: string): Promise<void> {
  const imported = await inChild(
    `const { importRatings } = await import(${module('data/import.js')});
     await importRatings(${JSON.stringify(home)}, ${JSON.stringify(source)});`,
  );
  report(`${name}/import`, imported.seconds, 's');
  report(`${name}/import-peak-memory`, imported.peakMiB, 'MiB');
  const matrix = await inChild(
    `const { RatingsDatabase } = await import(${module('data/store/sqlite/ratings-database.js')});
     RatingsDatabase.open(${JSON.stringify(home)}).labelledClicks(null, 5);`,
  );
  report(`${name}/click-matrix`, matrix.seconds, 's');
  report(`${name}/click-matrix-peak-memory`, matrix.peakMiB, 'MiB');
}

function module(path: string): string {
  return JSON.stringify(pathToFileURL(join(packageRoot, 'dist', path)).href);
}

function report(name: string, value: number, unit: string): void {
  const rounded = Math.round(value * 100) / 100;
  process.stdout.write(
    `${JSON.stringify({ bench: 'import', case: name, value: rounded, unit })}\n`,
  );
}

/** Runs a script in a new process and measures its wall-clock time and peak memory. */
async function inChild(script: string): Promise<{ seconds: number; peakMiB: number }> {
  const begin = performance.now();
  const code = `${script}\nprocess.stdout.write(String(process.resourceUsage().maxRSS));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const status = await new Promise((done) => child.once('close', done));
  if (status !== 0) throw new Error(`the measured process ended with ${status}`);
  return { seconds: (performance.now() - begin) / 1000, peakMiB: Number(output) / 1024 };
}
