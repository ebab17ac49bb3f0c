/** The packed tarball installs, runs and has correct types. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** A program among the development dependencies. */
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
let project: string;
let tarball: string;

/** Runs a program in a folder; fails the test with all of its output if it fails. */
function run(cwd: string, file: string, ...words: string[]): string {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h'));
  const env = { ...process.env, ...(headers && { npm_config_nodedir: prefix }) };
  const result = spawnSync(file, words, { cwd, env, encoding: 'utf8' });
  expect(result.status, `${file} ${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout;
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'multvae-package-'));
  run(root, 'npm', 'pack', '--pack-destination', project);
  tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))!;
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      allowScripts: { 'better-sqlite3': true, multvae: true },
    }),
  );
  run(project, 'npm', 'install', '--no-audit', '--no-fund', `./${tarball}`);
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

  it('has the native backend, or says why not', () => {
    const { backends } = JSON.parse(run(project, 'npx', 'multvae', 'doctor', '--json'));
    const native = backends.find(({ name }: { name: string }) => name === 'native');
    expect(native.found || /native addon/.test(native.why), native.why).toBe(true);
  });

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
  });
});
