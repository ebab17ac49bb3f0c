import { anomaliesBench } from './anomalies.js';
import { evaluateBench } from './evaluate.js';
import { gemmBench } from './gemm.js';
import { importBench } from './import.js';
import { kernelsBench } from './kernels.js';
import { trainStepBench } from './train-step.js';

const benches: Record<string, (args: string[]) => Promise<void>> = {
  anomalies: anomaliesBench,
  evaluate: evaluateBench,
  gemm: gemmBench,
  import: importBench,
  kernels: kernelsBench,
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
