/**
 * Runs the test suite on the other supported major versions of Node.
 *
 * npm's `node` package provides the binaries and their headers. The suite runs in a clone of HEAD, so it does not see
 * uncommitted changes.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const supported = [20, 22, 24];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const running = Number(process.versions.node.split('.')[0]);
const asked = process.argv.slice(2).map(Number);
const majors = asked.length > 0 ? asked : supported.filter((major) => major !== running);

/** Runs a program and shows its output. If it fails, this script ends with exit code 1. */
function run(file, words, options) {
  const { status } = spawnSync(file, words, { stdio: 'inherit', ...options });
  if (status !== 0) {
    console.error(`${file} ${words.join(' ')} ended with ${status}`);
    process.exit(1);
  }
}

for (const major of majors) {
  const folder = join(root, '.cache', `node-${major}`);
  // This package has the headers beside the binary; the `node` package only has a copy of the binary.
  const platform = `node-${process.platform}-${process.arch}`;
  const bin = join(folder, 'node_modules', 'node', 'node_modules', platform, 'bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, allowScripts: { node: true } }),
    );
    run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], { cwd: folder });
  }
  // Not below `folder`, where npm would first find node_modules/.bin/node, a copy without headers.
  const clone = join(root, '.cache', `clone-${major}`);
  rmSync(clone, { recursive: true, force: true });
  run('git', ['clone', '--quiet', root, clone], {});
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    MULTVAE_DATASETS: process.env.MULTVAE_DATASETS ?? join(root, '../shared/datasets'),
  };
  run('node', ['--version'], { cwd: clone, env });
  run('npm', ['test'], { cwd: clone, env });
  console.log(`Node ${major}: passed`);
}
