// Checks that the C++ of native/ is formatted as native/.clang-format says. Node built-ins only.
//
//   node scripts/format-native.mjs           fails and names each file that is not
//   node scripts/format-native.mjs --write   formats them
//
// The clang-format is that of the package clang-format-node: another version may format otherwise.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');

/** The path of a clang-format that starts, or the reason why there is none. */
function findClangFormat() {
  let path;
  try {
    path = createRequire(import.meta.url)('clang-format-node').clangFormatPath;
  } catch (error) {
    return { why: String(error.message).split('\n', 1)[0] };
  }
  const { error, status, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  if (error) return { why: error.message };
  return status === 0 ? { path } : { why: `${path} fails: ${stderr.trim()}` };
}

const { path, why } = findClangFormat();
if (path === undefined) {
  process.stderr.write(`format-native: skipped, no clang-format: ${why}\n`);
} else {
  const files = readdirSync(native, { recursive: true })
    .filter((file) => /\.(cc|h)$/.test(file) && !file.startsWith('build'))
    .map((file) => join(native, file))
    .sort();
  const words = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
  try {
    execFileSync(path, [...words, ...files], { stdio: ['ignore', 2, 2] });
  } catch (error) {
    if (error.status === undefined || error.status === null) throw error;
    process.stderr.write('format-native: `npm run format` formats these files\n');
    process.exitCode = 1;
  }
}
