// Runs the test suite on the supported majors of Node that are not the running one. The binaries come from
// npm's `node` package, headers included, so nothing is downloaded from elsewhere. The suite runs in a clone
// of HEAD: uncommitted changes are not seen.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const supported = [20, 22, 24];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const running = Number(process.versions.node.split('.')[0]);
const asked = process.argv.slice(2).map(Number);
const majors = asked.length > 0 ? asked : supported.filter((major) => major !== running);

/** Runs a program with its output shown; a failure ends this script with exit code 1. */
function run(file, words, options) {
  const { status } = spawnSync(file, words, { stdio: 'inherit', ...options });
  if (status !== 0) {
    console.error(`${file} ${words.join(' ')} ended with ${status}`);
    process.exit(1);
  }
}

for (const major of majors) {
  const folder = join(root, '.cache', `node-${major}`);
  // The platform's own package, not the copy of its binary: the headers lie beside it.
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
  // Not below `folder`: npm would find its node_modules/.bin/node first, a copy without headers beside it.
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
