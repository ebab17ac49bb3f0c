/**
 * Sets up a clone: installs dependencies, then builds.
 *
 * It needs only Node's built-ins, writes to stderr alone, and is silent if nothing has changed since the last time.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dependencyStamp = join(root, 'node_modules', '.multvae-setup');
const buildStamp = join(root, 'dist', '.multvae-build');
const pageStamp = join(root, 'web', 'dist', '.multvae-build');
const command = join(root, 'dist', 'cli', 'main.js');

/** Set-up failed. The message is one sentence for the user. */
class SetUpError extends Error {}

/** Installs and builds everything that is out of date. */
export async function setUp() {
  requireNode();
  const wanted = fingerprint(
    ['package.json', 'package-lock.json'],
    [process.version, process.platform, process.arch],
  );
  if (readStamp(dependencyStamp) !== wanted) {
    refuseLink();
    await install();
    requireSqlite();
    writeFileSync(dependencyStamp, wanted);
  }
  const sources = fingerprint(['tsconfig.json', 'tsconfig.build.json', ...filesBelow('src')], []);
  if (readStamp(buildStamp) !== sources) {
    await build();
    writeFileSync(buildStamp, sources);
  }
  const page = fingerprint(
    ['package-lock.json', 'web/index.html', 'web/vite.config.ts', ...filesBelow('web/src')],
    [],
  );
  if (readStamp(pageStamp) !== page) {
    await buildPage();
    writeFileSync(pageStamp, page);
  }
  await buildNative({ optional: true });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetUpError(`Node ${process.version} is too old: install Node 20.19 or later.`);
  }
}

/** Refuses a linked node_modules: `npm ci` would empty the folder that the link points to, which others may use. */
function refuseLink() {
  const path = join(root, 'node_modules');
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetUpError(
      `${path} is a link, and an installation would empty the folder it points to: remove the link, then run this again.`,
    );
  }
}

/**
 * The version of better-sqlite3 for Node 22 and later.
 *
 * package-lock.json has version 12, the last one for Node 20. Compiled against the headers of Node 24.19 or later, it
 * aborts when the garbage collector frees one of its objects (nodejs/node#65446). Version 13 does not abort, and it
 * includes binaries. npm picks the right version in a project that installs this package.
 */
const sqliteOfNewerNodes = 'better-sqlite3@^13.2.0';

async function install() {
  if (Number(process.versions.node.split('.')[0]) >= 22) {
    note('installing dependencies (a minute or two)');
    // better-sqlite3 is the only dependency whose install script matters here, and it is replaced below.
    await npm('ci', '--ignore-scripts', '--include=dev', '--include=optional');
    await npm('install', '--ignore-scripts', '--no-save', sqliteOfNewerNodes);
    return;
  }
  note(
    'installing dependencies (a minute or two; better-sqlite3 is compiled where no binary fits)',
  );
  await npm('ci', '--include=dev', '--include=optional');
}

async function npm(...words) {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h'));
  // Native parts must be compiled with the headers of the running Node.
  const env = headers ? { ...process.env, npm_config_nodedir: prefix } : process.env;
  const program = process.env.npm_execpath;
  const [file, first] = program?.endsWith('.js') ? [process.execPath, [program]] : ['npm', []];
  const options = ['--no-audit', '--no-fund'];
  const code = await run(file, [...first, ...words, ...options], { ...env, NODE_ENV: '' });
  if (code !== 0) {
    throw new SetUpError(
      `npm ${words[0]} failed (see above): it needs npm’s registry, or a cache that has been filled from it.`,
    );
  }
}

function requireSqlite() {
  try {
    const Database = createRequire(join(root, 'package.json'))('better-sqlite3');
    new Database(':memory:').close();
  } catch {
    throw new SetUpError(
      'better-sqlite3 has no binary for this Node and could not be compiled: install a C++ compiler, make and Python 3 (Debian: apt-get install g++ make python3; macOS: xcode-select --install), then run this again.',
    );
  }
}

async function build() {
  note('building');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const code = await run(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')]);
  if (code !== 0) throw new SetUpError('the TypeScript build failed (see above).');
  chmodSync(command, 0o755);
  linkCommand();
}

/** Builds the explorer page, which the server serves as files. */
async function buildPage() {
  note('building the explorer page');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const code = await run(process.execPath, [vite, 'build', join(root, 'web')]);
  if (code !== 0) throw new SetUpError('the build of the explorer page failed (see above).');
}

/** Makes `npx multvae` work in the clone. npm links only the commands of dependencies. */
function linkCommand() {
  const link = join(root, 'node_modules', '.bin', 'multvae');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), command), link);
}

function fingerprint(paths, words) {
  const hash = createHash('sha256').update(words.join('\n'));
  for (const path of paths) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Runs a program with its output on stderr. A signal to this process ends the program too. */
function run(file, words, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, { cwd: root, env, stdio: ['ignore', 2, 2] });
    const stop = (signal) => {
      child.kill(signal);
      process.exitCode = signal === 'SIGINT' ? 130 : 143;
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const done = () => process.off('SIGINT', stop).off('SIGTERM', stop);
    child.on('error', (error) => {
      done();
      reject(new SetUpError(`${file} could not be started: ${error.message}.`));
    });
    child.on('exit', (code) => {
      done();
      if (process.exitCode) process.exit();
      resolve(code);
    });
  });
}

function note(line) {
  process.stderr.write(`multvae set-up: ${line}\n`);
}

/** Sets up the clone. On failure, prints one sentence and exits with code 3. */
export async function setUpOrExit() {
  try {
    await setUp();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    note(error.message);
    process.exit(3);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUpOrExit();
