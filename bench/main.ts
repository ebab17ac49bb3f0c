import { anomaliesBench } from './anomalies.js';
import { epochBench } from './epoch.js';
import { evaluateBench } from './evaluate.js';
import { gemmBench } from './gemm.js';
import { importBench } from './import.js';
import { kernelsBench } from './kernels.js';
import { otherProtocolsBench } from './other-protocols.js';
import { scaleBench } from './scale.js';
import { serveBench } from './serve.js';
import { servingPrecisionBench } from './serving-precision.js';
import { trainStepBench } from './train-step.js';

const benches: Record<string, (args: string[]) => Promise<void>> = {
  anomalies: anomaliesBench,
  epoch: epochBench,
  evaluate: evaluateBench,
  gemm: gemmBench,
  import: importBench,
  kernels: kernelsBench,
  // The protocol's test users of MovieLens 20M.
  rank: (args) =>
    evaluateBench(['--users', '10000', '--items', '20108', '--clicks', '73', ...args]),
  scale: scaleBench,
  serve: serveBench,
  'serving-precision': servingPrecisionBench,
  'other-protocols': otherProtocolsBench,
  'train-step': trainStepBench,
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
