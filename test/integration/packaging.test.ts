/** The packed tarball installs, runs and has correct types. */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const addon = join(root, 'native', 'build', 'Release', 'multvae.node');
/** A program among the development dependencies. */
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
let project: string;
let tarball: string;

/** Runs a program in a folder; fails the test with all of its output if it fails. */
function run(cwd: string, file: string, ...words: string[]): string {
  const result = spawnSync(file, words, { cwd, encoding: 'utf8' });
  expect(result.status, `${file} ${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout;
}

/**
 * Gives the project the dependencies of users, and no others, as they are installed here. So npm finds them there, and
 * neither fetches nor compiles them again.
 */
function copyDependencies(): void {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const packages: Record<string, { dev?: boolean; peer?: boolean }> = JSON.parse(lock).packages;
  for (const [path, { dev, peer }] of Object.entries(packages)) {
    const from = join(root, path);
    if (path === '' || dev || peer || !existsSync(from)) continue;
    const own = (file: string) =>
      !/[\\/]node_modules([\\/]|$)|\.map$/.test(file.slice(from.length));
    cpSync(from, join(project, path), { recursive: true, filter: own });
  }
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'multvae-package-'));
  run(root, 'npm', 'pack', '--pack-destination', project);
  tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))!;
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  copyDependencies();
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  run(project, 'npm', 'install', ...options, `./${tarball}`);
}, 600_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packed tarball in an empty project', () => {
  it('is imported by its name, with types', () => {
    writeFileSync(
      join(project, 'consumer.ts'),
      `import { ClickMatrix, type Recommender, train } from 'multvae';
const clicks = ClickMatrix.fromRows(3, [[0, 1], [0, 2], [0, 2]]);
const model: Recommender = await train(clicks, { model: 'popularity' });
const rows = ClickMatrix.fromRows(3, [[0]]);
const best = await model.topN(rows, 2, rows);
console.log([...best.items].join());
// @ts-expect-error: the types are real, so a wrong one is an error
export const wrong: string = model.itemCount;
`,
    );
    const words = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    // `tsc --init` sets it too: the declarations of TensorFlow.js clash with those of the DOM.
    words.push('--skipLibCheck');
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const typeRoots = join(root, 'node_modules', '@types');
    run(project, 'node', tsc, ...words, '--typeRoots', typeRoots, '--outDir', '.', 'consumer.ts');
    expect(run(project, 'node', 'consumer.js')).toBe('2,1\n');
  });

  it('has an exports map that publint accepts, and types that every ESM resolution finds', () => {
    run(project, bin('publint'), tarball, '--strict');
    run(project, bin('attw'), tarball, '--profile', 'esm-only');
  });

  it('brings the command and the sample data set', () => {
    expect(run(project, 'npx', 'multvae', '--version').trim()).toMatch(/^\d+\.\d+\.\d+/);
    run(project, 'npx', 'multvae', 'import', 'sample', '--home', 'home');
    expect(existsSync(join(project, 'home', 'multvae.db'))).toBe(true);
  });

  // The script compiles nothing where the binary fits the sources; its stamp is a hash over every one of them. Without
  // a binary here, or with a source that the package lacks, it would compile, and say so.
  it.skipIf(!existsSync(addon))(
    'has all sources of the native backend, and finds its binary',
    () => {
      const installed = join(project, 'node_modules', 'multvae');
      const build = join('native', 'build');
      for (const name of ['.multvae-build', join('Release', 'multvae.node')]) {
        cpSync(join(root, build, name), join(installed, build, name));
      }
      const { install } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).scripts;
      expect(run(installed, 'sh', '-c', `${install} 2>&1`)).toBe('');
      const { backends } = JSON.parse(run(project, 'npx', 'multvae', 'doctor', '--json'));
      const native = backends.find(({ name }: { name: string }) => name === 'native');
      expect(native.found, native.why).toBe(true);
    },
  );

  // On a binding.gyp at the root, npm would run node-gyp itself, and a failure would be fatal. The install script
  // builds the one in native/, and never fails.
  it('holds no test, no TypeScript source and no binding.gyp at its root', () => {
    const installed = readdirSync(join(project, 'node_modules', 'multvae'), {
      recursive: true,
      encoding: 'utf8',
    });
    expect(
      installed.filter((path) => /\.test\.|^src|^web\/src|^binding\.gyp$|^native\/test/.test(path)),
    ).toEqual([]);
    expect(installed).toContain('dist/index.d.ts');
    expect(installed).toContain('web/dist/index.html');
    expect(installed).toContain('native/binding.gyp');
    // Of the addon for MPI, which a user builds where the MPI is.
    expect(installed).toContain('native/mpi/binding.gyp');
    expect(installed).toContain('native/mpi/mpi.cc');
  });
});
