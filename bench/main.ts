/** Runs one benchmark by name: `npm run bench -- NAME [FLAGS]`. */

import { importBench } from './data/import.js';
import { anomaliesBench } from './evaluation/anomalies.js';
import { evaluateBench } from './evaluation/evaluate.js';
import { mapBench } from './evaluation/map.js';
import { otherProtocolsBench } from './evaluation/other-protocols.js';
import { servingPrecisionBench } from './evaluation/serving-precision.js';
import { gemmBench } from './kernels/gemm.js';
import { kernelsBench } from './kernels/kernels.js';
import { distributedBench } from './scale/distributed.js';
import { scaleFormulaBench } from './scale/formula.js';
import { serveBench } from './serve/serve.js';
import { autoBench } from './training/auto.js';
import { epochBench } from './training/epoch.js';
import { networkMemoryBench } from './training/network-memory.js';
import { sampledStepsBench } from './training/sampled-steps.js';
import { scaleBench } from './training/scale.js';
import { trainStepBench } from './training/train-step.js';
import { warmBench } from './training/warm.js';

const benches: Record<string, (args: string[]) => Promise<void>> = {
  anomalies: anomaliesBench,
  auto: autoBench,
  distributed: distributedBench,
  epoch: epochBench,
  evaluate: evaluateBench,
  gemm: gemmBench,
  import: importBench,
  kernels: kernelsBench,
  map: mapBench,
  // The number of test users of MovieLens 20M under the paper's protocol.
  rank: (args) =>
    evaluateBench(['--users', '10000', '--items', '20108', '--clicks', '73', ...args]),
  'network-memory': networkMemoryBench,
  'sampled-steps': sampledStepsBench,
  scale: scaleBench,
  'scale-formula': scaleFormulaBench,
  serve: serveBench,
  'serving-precision': servingPrecisionBench,
  'other-protocols': otherProtocolsBench,
  'train-step': trainStepBench,
  warm: warmBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench) {
  await bench(args);
} else {
  process.stderr.write(
    `bench: ${name ? `there is no ${JSON.stringify(name)}` : 'name one'}: ${Object.keys(benches).join(', ')}. See bench/README.md.\n`,
  );
  process.exitCode = 2;
}
