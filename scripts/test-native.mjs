// Compiles and runs the C++ tests of the kernels: plain, then under the sanitizers. Node built-ins only.
//
//   node scripts/test-native.mjs [plain] [address] [thread] [aarch64] [addon]   default: all that this machine can run
//   node scripts/test-native.mjs quick   plain with fewer optimisations, for scripts/mutate-native.mjs
//
// `addon` builds the addon under AddressSanitizer and UndefinedBehaviorSanitizer, in a copy of this package, and
// runs its vitest suites there.
//
// It also checks that no object for a newer processor defines a symbol that the linker could use elsewhere.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const folder = join(native, 'build', 'test');

const common = ['-std=gnu++17', '-Wall', '-Wextra', '-Werror', '-Wno-psabi', '-fPIC', '-pthread'];
const numeric = ['-fno-math-errno', '-ffp-contract=fast'];
const avx2 = ['-mavx2', '-mfma'];
const avx512 = [
  ...avx2,
  '-mavx512f',
  '-mavx512dq',
  '-mavx512bw',
  '-mavx512vl',
  '-mprefer-vector-width=512',
];

/** As in binding.gyp: its results are the bits of V8, which does not contract a·b + c. */
const noise = ['operations/noise', ['-ffp-contract=off']];

const portable = [
  ...[
    'elementwise',
    'gaussian',
    'layout',
    'packed',
    'product',
    'ranking',
    'reduction',
    'regression',
    'sparse',
  ].map((x) => `operations/${x}`),
  'threads/cores',
  'threads/pool',
  'isa/select',
  'isa/portable',
  'test/kernels-test',
];
const x64 = [
  ...portable.map((file) => [file, []]),
  noise,
  ['isa/avx2', avx2],
  ['isa/avx512', avx512],
  ['isa/avx512bf16', [...avx512, '-mavx512bf16']],
  ['isa/avx512vnni', [...avx512, '-mavx512vnni']],
];
const arm64 = [...[...portable, 'isa/neon'].map((file) => [file, []]), noise];
const own = process.arch === 'arm64' ? arm64 : x64;
const compiler = process.env.CXX ?? 'g++';

const variants = {
  plain: { files: own, flags: ['-O3'], needs: [] },
  address: {
    files: own,
    flags: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
    needs: [],
  },
  thread: { files: own, flags: ['-O1', '-g', '-fsanitize=thread'], needs: [] },
  quick: { files: own, flags: ['-O1'], needs: [], onlyAsked: true },
  aarch64: {
    files: arm64,
    flags: ['-O3'],
    compiler: 'aarch64-linux-gnu-g++',
    runner: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
    needs: ['aarch64-linux-gnu-g++', 'qemu-aarch64'],
  },
};

function test(name, { files, flags, needs, compiler: other, runner = [] }) {
  const missing = needs.filter((command) => spawnSync(command, ['--version']).error);
  if (missing.length > 0) {
    note(`${name}: skipped, ${missing.join(' and ')} not installed`);
    return;
  }
  const objects = join(folder, name);
  mkdirSync(objects, { recursive: true });
  const hasAvx2 = process.arch === 'x64' && name !== 'aarch64' && supports('avx2');
  const all = hasAvx2 ? [...files, ['test/wide', avx2]] : files;
  const words = all.map(([file, own]) => {
    const object = join(objects, `${file.replace('/', '-')}.o`);
    return [
      object,
      join(native, `${file}.cc`),
      [
        ...common,
        ...numeric,
        ...flags,
        ...own,
        '-MMD',
        '-c',
        join(native, `${file}.cc`),
        '-o',
        object,
      ],
    ];
  });
  compileAll(other ?? compiler, words);
  for (const [object] of words) if (name === 'plain') requirePrivate(object);
  const program = join(objects, 'kernels-test');
  execFileSync(
    other ?? compiler,
    [...flags, ...words.map(([object]) => object), '-pthread', '-o', program],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  const [command, ...rest] = [...runner, program];
  execFileSync(command, rest, { stdio: ['ignore', 2, 2] });
  note(`${name}: passed`);
}

/** Uses make, which runs one compiler a core at a time, and only for what has changed. */
function compileAll(cxx, words) {
  const objects = words.map(([object]) => object);
  const rules = words.map(
    ([object, source, args]) =>
      `${object}: ${source} ${fileURLToPath(import.meta.url)}\n\t@${[cxx, ...args].join(' ')}`,
  );
  const headers = objects.map((object) => `-include ${object.replace(/o$/, 'd')}`);
  const makefile = ['.PHONY: all', `all: ${objects.join(' ')}`, ...rules, ...headers, ''].join(
    '\n',
  );
  execFileSync('make', ['-s', `-j${availableParallelism()}`, '-f', '-'], {
    input: makefile,
    stdio: ['pipe', 2, 2],
  });
}

/** Refuses weak symbols: one compiled for AVX-512 could replace that of a portable file. */
function requirePrivate(object) {
  if (!/isa-(avx|neon)/.test(object)) return;
  const symbols = execFileSync('nm', ['--defined-only', object], { encoding: 'utf8' });
  const shared = symbols.split('\n').filter((line) => / [WVuiTBC] /.test(line));
  if (shared.length > 0) throw new Error(`${object} shares symbols:\n${shared.join('\n')}`);
}

function testAddon() {
  const copy = mkdtempSync(join(tmpdir(), 'multvae-addon-'));
  try {
    const parts = [
      'native',
      'scripts',
      'src',
      'test/native',
      'package.json',
      'tsconfig.json',
      'vitest.config.ts',
    ];
    for (const part of parts) {
      const filter = (path) => path !== join(native, 'build');
      cpSync(join(root, part), join(copy, part), { recursive: true, filter });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const build = [join(copy, 'scripts', 'build-native.mjs'), '--sanitize=address,undefined'];
    execFileSync(process.execPath, build, { stdio: ['ignore', 2, 2] });
    const runtime = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' });
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const env = { ...process.env, LD_PRELOAD: runtime.trim(), ASAN_OPTIONS: 'detect_leaks=0' };
    execFileSync(process.execPath, [vitest, 'run', 'test/native', '--testTimeout=600000'], {
      cwd: copy,
      env,
      stdio: ['ignore', 2, 2],
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  note('addon: passed');
}

function supports(feature) {
  const probe = `int main() { return __builtin_cpu_supports("${feature}") ? 0 : 1; }`;
  const program = join(folder, 'probe');
  mkdirSync(folder, { recursive: true });
  execFileSync(compiler, ['-x', 'c++', '-', '-o', program], {
    input: probe,
    stdio: ['pipe', 2, 2],
  });
  return spawnSync(program).status === 0;
}

function note(line) {
  process.stderr.write(`test-native: ${line}\n`);
}

const asked = process.argv.slice(2);
for (const [name, variant] of Object.entries(variants)) {
  if (asked.includes(name) || (asked.length === 0 && !variant.onlyAsked)) test(name, variant);
}
if (asked.length === 0 || asked.includes('addon')) testAddon();
