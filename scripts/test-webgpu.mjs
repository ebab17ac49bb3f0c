/**
 * Runs the contract and golden suites on the `webgpu` backend.
 *
 * It uses this machine's own adapter, or else SwiftShader, the software adapter of Chromium. It installs the two
 * optional peer packages of the backend into .cache/webgpu. If the packages or an adapter are missing, it says so and
 * passes; with `--required` it fails.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.cache', 'webgpu');
const packages = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];
const suites = [
  'recommender',
  'backend-operations',
  'mult-vae-step',
  'mult-dae-step',
  'rec-vae-step',
  'webgpu',
];
/** Where Debian, Ubuntu and Google Chrome put SwiftShader's manifest for the Vulkan loader. */
const softwareAdapters = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
].map((place) => join(place, 'vk_swiftshader_icd.json'));

function skip(reason) {
  console.error(`test-webgpu: skipped, ${reason}`);
  process.exit(process.argv.includes('--required') ? 1 : 0);
}

function install() {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = Object.fromEntries(packages.map((name) => [name, peerDependencies[name]]));
  const manifest = JSON.stringify({ private: true, dependencies });
  const path = join(folder, 'package.json');
  const isThere = packages.every((name) => existsSync(join(folder, 'node_modules', name)));
  if (isThere && readFileSync(path, 'utf8') === manifest) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, manifest);
  // Peers are left out, so that the backend registers with this package's own TensorFlow.js.
  const words = ['install', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', words, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) skip(`${packages.join(' and ')} could not be installed`);
}

/** The adapter that the backend finds, or the reason why it finds none. */
function probe(env) {
  const program =
    "import { openEngine } from './src/backend/select.ts'; try { const { version } = await openEngine('webgpu'); console.log(version); } catch (error) { console.log(error.message); process.exit(1); }";
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { status, stdout } = spawnSync(process.execPath, words, {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { found: status === 0, said: (stdout ?? '').trim() };
}

install();
const paths = [join(folder, 'node_modules'), join(root, 'node_modules'), process.env.NODE_PATH];
const own = { ...process.env, NODE_PATH: paths.filter(Boolean).join(delimiter) };
const isForced = own.VK_ICD_FILENAMES !== undefined || own.VK_DRIVER_FILES !== undefined;
const software = softwareAdapters
  .filter((path) => !isForced && existsSync(path))
  .map((path) => ({ ...own, VK_ICD_FILENAMES: path }));

let env;
let answer;
for (const candidate of [own, ...software]) {
  answer = probe(candidate);
  if (answer.found) {
    env = candidate;
    break;
  }
}
if (env === undefined) {
  if (!answer.said.includes('finds no adapter')) {
    console.error(`test-webgpu: ${answer.said || 'the backend ended without a message'}`);
    process.exit(1);
  }
  skip('there is no adapter, and no Chromium with SwiftShader and libvulkan1');
}
console.error(`test-webgpu: on ${answer.said}`);
const files = suites.map((name) => `test/contracts/${name}.test.ts`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const words = [vitest, 'run', '--testNamePattern', 'webgpu', ...files];
const { status } = spawnSync(process.execPath, words, { cwd: root, env, stdio: 'inherit' });
process.exit(status ?? 1);
