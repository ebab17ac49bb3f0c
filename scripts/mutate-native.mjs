/**
 * Puts one fault after another into the kernels, and checks that their tests notice each.
 *
 *   node scripts/mutate-native.mjs [WORDS]   # WORDS: only the faults whose description has them, such as "block"
 *
 * It works in a copy of native/. All faults are compiled in at once, each beside the right expression, and an
 * environment variable chooses one: so the kernels are compiled once. A fault that the tests do not notice, or whose
 * place is no longer in the code, makes this end with exit code 1. Node built-ins only.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each replaces an expression, which must be in its file once. */
const faults = [
  {
    what: 'Adam adds the whole new value to its mean',
    file: 'kernels/adam.h',
    old: 'decay * old + (1.0f - decay) * now',
    new: 'decay * old + now',
  },
  {
    what: 'Adam adds epsilon below the root',
    file: 'kernels/adam.h',
    old: 'squareRoot(v) + step.epsilon',
    new: 'squareRoot(v + step.epsilon)',
  },
  {
    what: 'Adam of some rows takes the gradient of the next',
    file: 'operations/elementwise.cc',
    old: 'gradient + k * width',
    new: 'gradient + (k + 1) % count * width',
  },
  {
    what: 'decoding transposed weights begins at the wrong item',
    file: 'operations/ranking.cc',
    old: 'weights + first * step',
    new: 'weights + first',
  },
  {
    what: 'a block of a product begins at the first column',
    file: 'operations/product.cc',
    old: 'left_ + index * blockWidth_',
    new: 'left_ + 0 * index',
  },
  {
    what: 'a click counts in the block before',
    file: 'operations/reduction.cc',
    old: 'clicked[clicks.items[k] / blockWidth]',
    new: 'clicked[std::max<int64_t>(1, clicks.items[k] / blockWidth) - 1]',
  },
  {
    what: 'the second half of the blocks of a row is left out',
    file: 'operations/sparse.cc',
    old: 'starts[begin + half] == starts[begin + count]',
    new: 'starts[begin + half] <= starts[begin + count]',
  },
  {
    what: 'layer norm leaves epsilon out',
    file: 'kernels/layer-norm.h',
    old: 'squares + epsilon',
    new: 'squares',
  },
  {
    what: "layer norm's gradient leaves the mean out",
    file: 'kernels/layer-norm.h',
    old: 'g - meanG - normal * meanGx',
    new: 'g - normal * meanGx',
  },
  {
    what: 'softmax does not take the largest off',
    file: 'kernels/softmax.h',
    old: 'loadUpTo(x + i, count) - top',
    new: 'loadUpTo(x + i, count)',
  },
  {
    what: 'a sum loses the values after its last whole vector',
    file: 'kernels/reduction.h',
    old: 'at(i, end - i)',
    new: 'V{}',
  },
  {
    what: 'a mean of a row is a sum',
    file: 'kernels/reduction.h',
    old: 'op == Reduction::mean ? sum / static_cast<double>(n) : sum',
    new: 'sum',
  },
  {
    what: 'a sparse sum takes the factor of another row',
    file: 'kernels/sparse.h',
    old: 'value * factors[picks[k]]',
    new: 'value * factors[k]',
  },
  {
    what: 'of equal scores the higher index wins',
    file: 'kernels/ranking.h',
    old: 'heap->items[a] > heap->items[b]',
    new: 'heap->items[a] < heap->items[b]',
  },
  {
    what: 'NaN is not below every score',
    file: 'kernels/ranking.h',
    old: 'a < b || (a != a && b == b)',
    new: 'a < b',
  },
  {
    what: 'the first item of a block is never masked',
    file: 'operations/ranking.cc',
    old: 'column >= 0 && column < count',
    new: 'column > 0 && column < count',
  },
  {
    what: 'a thin product repeats a row of the right operand',
    file: 'kernels/product.h',
    old: 'factor[i * leftDepthStride] * from[i * rightStride + j]',
    new: 'factor[i * leftDepthStride] * from[j]',
  },
  {
    what: 'bf16 rounds ties away from zero',
    file: 'kernels/packing.h',
    old: '(u + 0x7fffu + ((u >> 16) & 1u)) >> 16',
    new: '(u + 0x8000u) >> 16',
  },
  {
    what: 'int8 takes off the wrong offset',
    file: 'operations/packed.cc',
    old: '128 * sum',
    new: '127 * sum',
  },
  {
    what: 'users of a sparse regression count alike',
    file: 'operations/regression.cc',
    old: 'userWeights_[u]',
    new: '0 * userWeights_[u] + 1',
  },
  {
    what: 'the divergence leaves the log variance out',
    file: 'kernels/gaussian.h',
    old: 'exponentialMinus1(l) - l',
    new: 'exponentialMinus1(l)',
  },
  {
    what: "the sample's gradient is not halved",
    file: 'kernels/gaussian.h',
    old: 'd * e * (0.5f * exponential(0.5f * l))',
    new: 'd * e * exponential(0.5f * l)',
  },
  {
    what: "tanh's gradient does not square",
    file: 'kernels/elementwise.h',
    old: 'dy * (1.0f - y * y)',
    new: 'dy * (1.0f - y)',
  },
  {
    what: 'relu6 bends at 5',
    file: 'kernels/elementwise.h',
    old: 'a > 6.0f',
    new: 'a > 5.0f',
  },
];

const variable = 'MULTVAE_FAULT';
const declaration = 'extern "C" int multvaeFault;\n';
const definition = `int multvaeFault = [] {
  const char* chosen = std::getenv("${variable}");
  return chosen ? std::atoi(chosen) : 0;
}();
`;

const copy = mkdtempSync(join(tmpdir(), 'multvae-faults-'));
try {
  const notBuilt = (path) => path !== join(root, 'native', 'build');
  cpSync(join(root, 'native'), join(copy, 'native'), { recursive: true, filter: notBuilt });
  cpSync(join(root, 'scripts'), join(copy, 'scripts'), { recursive: true });
  const edit = (file, change) => {
    const path = join(copy, 'native', file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  faults.forEach(({ file, old, new: wrong }, k) => {
    edit(file, (text) => {
      const parts = text.split(old);
      if (parts.length !== 2)
        throw new Error(`native/${file} holds “${old}” ${parts.length - 1} times`);
      return parts.join(`(multvaeFault == ${k + 1} ? (${wrong}) : (${old}))`);
    });
  });
  edit('kernels/kernels.h', (text) => text.replace('#include <cstdint>\n', `$&\n${declaration}`));
  edit('test/kernels-test.cc', (text) => text.replace('#include "check.h"\n', `$&\n${definition}`));

  // Compiles, and runs the tests without a fault.
  const script = join(copy, 'scripts', 'test-native.mjs');
  execFileSync(process.execPath, [script, 'quick'], { stdio: ['ignore', 2, 2] });
  const program = join(copy, 'native', 'build', 'test', 'quick', 'kernels-test');
  const words = process.argv[2] ?? '';
  const chosen = faults.filter(({ what }) => what.includes(words));
  if (chosen.length === 0) throw new Error(`no fault has “${words}” in its description`);
  const survivors = chosen.filter((fault) => {
    const { what } = fault;
    const env = { ...process.env, [variable]: String(faults.indexOf(fault) + 1) };
    const { status, stderr } = spawnSync(program, { env, encoding: 'utf8', timeout: 600_000 });
    const noticed = /FAILED: (.*)/.exec(stderr)?.[1] ?? `ended with ${status}`;
    console.error(status === 0 ? `survived: ${what}` : `killed: ${what} (${noticed})`);
    return status === 0;
  });
  console.log(`${chosen.length - survivors.length} of ${chosen.length} faults were noticed`);
  if (survivors.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
