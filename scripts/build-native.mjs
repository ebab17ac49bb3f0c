// Builds the native addon with the node-gyp of npm and the headers of the running Node. Node built-ins only.
// Writes to stderr, and nothing when the addon is up to date.
//
// `npm run build:native` also builds the small addon for trainings over several processes (native/mpi), where there is
// mpicxx, or what the variable MPICXX names. Nothing else does: that addon belongs to the MPI of this machine.
//
//   --optional   never fails: prints one sentence that says why there is no addon, stores it for `doctor`, and
//                accepts warnings, because a compiler may be newer than this package
//   --sanitize=address,undefined   for the tests: instruments the addon, and does not load it to check it
//   --prebuild   also copies the binary to prebuilds/PLATFORM-ARCH/ for the npm package
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const build = join(native, 'build');
const binary = join(build, 'Release', 'multvae.node');
const stamp = join(build, '.multvae-build');
const failure = join(build, 'failure.txt');
const mpi = join(native, 'mpi');
const mpiBinary = join(mpi, 'build', 'Release', 'mpi.node');
const mpiStamp = join(mpi, 'build', '.multvae-build');
const prebuilt = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'multvae.node');

/** The addon could not be built; the message is one sentence for the user. */
class BuildError extends Error {}

/**
 * Builds the addon unless it is up to date.
 *
 * @param {{ optional?: boolean, prebuild?: boolean, sanitize?: string }} options
 * @returns whether there is an addon now
 */
export async function buildNative({ optional = false, prebuild = false, sanitize = '' } = {}) {
  const wanted = fingerprint();
  try {
    // The loader prefers a binary that was built here, so that one must be up to date.
    if (optional && existsSync(prebuilt) && !existsSync(binary)) return true;
    // A failed build is not tried again at every start. `npm run build:native` tries again.
    if (optional && readText(stamp) === `failed ${wanted}`) return false;
    if (!existsSync(binary) || readText(stamp) !== wanted) {
      rmSync(failure, { force: true });
      await compile(optional, sanitize);
      if (sanitize === '') load();
      writeFileSync(stamp, wanted);
    }
    if (prebuild) {
      mkdirSync(dirname(prebuilt), { recursive: true });
      copyFileSync(binary, prebuilt);
    }
    return true;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    if (!optional) throw error;
    mkdirSync(build, { recursive: true });
    writeFileSync(failure, `${error.message}\n`);
    writeFileSync(stamp, `failed ${wanted}`);
    note(`${error.message} Everything works without it, only slower.`);
    return false;
  }
}

/**
 * Builds the addon for several processes unless it is up to date; one sentence says why not. The variable MPICXX names
 * another compiler than mpicxx, such as mpicxx.mpich.
 */
export async function buildMpi() {
  const compiler = process.env.MPICXX || 'mpicxx';
  const found = await run(compiler, ['-show'], { cwd: mpi, quiet: true });
  // What the compiler says of itself names the MPI that it belongs to.
  const wanted = `${fingerprint(mpi)}\n${found.output}`;
  if (found.code === 0 && existsSync(mpiBinary) && readText(mpiStamp) === wanted) return true;
  const gyp = findNodeGyp();
  if (found.code !== 0 || gyp === null) {
    const missing = gyp === null ? 'npm, whose node-gyp builds it,' : compiler;
    note(
      `no addon for \`train --distributed\`: ${missing} was not found (Debian: apt-get install openmpi-bin libopenmpi-dev). Everything else works without it.`,
    );
    return false;
  }
  note('compiling the addon for trainings over several processes');
  const env = { ...process.env, CXX: compiler, LINK: compiler };
  const { code, output } = await run(process.execPath, gypWords(gyp), { cwd: mpi, env });
  if (code !== 0) throw new BuildError(`the addon for MPI was not built: ${reason(output)}`);
  writeFileSync(mpiStamp, wanted);
  return true;
}

async function compile(optional, sanitize) {
  if (process.platform === 'win32') {
    throw new BuildError(
      'the native addon is not built on Windows: its kernels need GCC or Clang.',
    );
  }
  const gyp = findNodeGyp();
  if (gyp === null) {
    throw new BuildError(
      'the native addon was not built: npm, whose node-gyp builds it, was not found.',
    );
  }
  note('compiling the native addon (about a minute)');
  const words = [...gypWords(gyp), '--', `-Dstrict=${optional ? 0 : 1}`, `-Dsanitize=${sanitize}`];
  const { code, output } = await run(process.execPath, words);
  if (code !== 0) {
    throw new BuildError(
      `the native addon was not built: ${reason(output)} It needs a C++17 compiler, make and Python 3 (Debian: apt-get install g++ make python3; macOS: xcode-select --install), then \`npm run build:native\` (in a project that uses multvae: \`npm rebuild multvae\`).`,
    );
  }
}

/** The words for node-gyp; the headers of the running Node are used where they are installed. */
function gypWords(gyp) {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  return [gyp, 'rebuild', '--loglevel=error', ...(hasHeaders ? [`--nodedir=${prefix}`] : [])];
}

function load() {
  try {
    createRequire(import.meta.url)(binary);
  } catch (error) {
    throw new BuildError(
      `the native addon was built but does not load: ${firstLine(error.message)}.`,
    );
  }
}

/** The reason in the output of a failed build, in one line. */
function reason(output) {
  if (/Could not find any Python/i.test(output)) return 'node-gyp found no Python 3.';
  if (/not found: make/i.test(output)) return 'node-gyp found no make.';
  const line = output
    .split('\n')
    .find((text) => /\berror\b|not found|ERR!.*(find|fail)/i.test(text));
  return line === undefined ? 'node-gyp failed.' : `${line.replace(/^gyp ERR! /, '').trim()}.`;
}

/** Finds the node-gyp that npm contains. Where npm runs this script, it names its own path. */
function findNodeGyp() {
  const path = join('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const candidates = [];
  const npm = process.env.npm_execpath;
  if (npm) candidates.push(join(dirname(dirname(npm)), path));
  const folders = [dirname(realpathSync(process.execPath)), dirname(process.execPath)];
  for (const folder of [...folders, ...(process.env.PATH ?? '').split(delimiter)]) {
    candidates.push(join(folder, '..', 'lib', 'node_modules', 'npm', path));
    const command = join(folder, 'npm');
    // The command may be a link into the folder of npm.
    if (existsSync(command)) candidates.push(join(dirname(dirname(realpathSync(command))), path));
  }
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

/** A hash of everything that a binary depends on, except the compiler. */
function fingerprint(folder = native) {
  const hash = createHash('sha256').update(`${process.platform}\n${process.arch}\n`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(cc|h|gyp)$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/^(build|test|mpi)\b[/\\]/.test(path))
    .sort();
  for (const path of files) hash.update(`\n${path}\n`).update(readFileSync(join(folder, path)));
  return hash.digest('hex');
}

function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Runs a program in native/. Its output goes into the result, and to stderr if it fails. */
function run(file, words, { cwd = native, env = process.env, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const finish = (code) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (code !== 0 && !quiet) process.stderr.write(output);
      resolve({ code, output });
    };
    child.on('error', (error) => {
      output += `error: ${error.message}\n`;
      finish(1);
    });
    child.on('close', finish);
  });
}

function firstLine(text) {
  return String(text).split('\n', 1)[0];
}

function note(line) {
  process.stderr.write(`multvae set-up: ${line}\n`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const flags = new Set(process.argv.slice(2));
  const sanitize = process.argv.find((flag) => flag.startsWith('--sanitize='))?.slice(11);
  try {
    await buildNative({
      optional: flags.has('--optional'),
      prebuild: flags.has('--prebuild'),
      ...(sanitize && { sanitize }),
    });
    if (flags.size === 0) await buildMpi();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    note(error.message);
    process.exitCode = 3;
  }
}
