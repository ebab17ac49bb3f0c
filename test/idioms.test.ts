/** The linter's own rules, in idioms.grit: each must report its bad examples and no good one. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const plugin = fileURLToPath(new URL('idioms.grit', import.meta.url));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

const spread = 'A literal is spread.';
const destructured = 'An array literal is destructured.';
const limit = 'Limits are named maxX and minX.';

const bad: readonly (readonly [message: string, code: string])[] = [
  [spread, 'f({ ...{ a, b }, c });'],
  [spread, 'f({ ...{ a, b } });'],
  [spread, 'f({ ...({ a } as const), c });'],
  [spread, 'f({ ...({ a } satisfies object), c });'],
  [spread, 'f([...[a, b], c]);'],
  [spread, 'f(...[a, b]);'],
  [spread, 'f(...([a, b] as const));'],
  [spread, 'new F(...[a, b]);'],
  [destructured, 'const [x, y] = [a, b];'],
  [destructured, 'const [x, y]: [A[], B[]] = [[], []];'],
  [destructured, 'let [x, y] = [0, 1];'],
  [destructured, 'const [x, y] = [a, b] as const;'],
  [destructured, 'const [x, y] = [a, b].map(Number);'],
  [destructured, 'const [x, y] = [a, b].map(Number) as [number, number];'],
  [limit, 'const mostItems = 5;'],
  [limit, 'function f(leastClicks: number) {}'],
  [limit, 'const { mostItems } = limits;'],
];

const good: readonly string[] = [
  'f({ ...a, ...b });',
  'f({ ...(a !== undefined && { a }) });',
  'f({ ...(a ? { b } : {}) });',
  'f([...a, ...b.map((x) => [x])]);',
  'f(...a);',
  'f([...[a, b].map(g)]);',
  'const [x, y] = a;',
  'const [x, y] = await Promise.all([a, b]);',
  'const [x, ...rest] = [...a, b];',
  '[x, y] = [y, x];',
  'for (const [x, y] of [[a, b]]) f(x, y);',
  'function f(...[x, y]: number[]) {}',
  'const maxItems = 5;',
  'const { leastExpected } = anomaly;',
  'const almostReady = 1;',
];

/** The linter's messages about each piece of code. */
function lint(codes: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-idioms-'));
  try {
    const config = { plugins: [plugin], linter: { rules: { preset: 'none' } } };
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
    codes.forEach((code, k) => {
      writeFileSync(join(folder, `code-${k}.ts`), code);
    });
    const words = [biome, 'lint', '--reporter=github', '--max-diagnostics=1000'];
    const { stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    const found = codes.map((): string[] => []);
    for (const [, k, message] of stdout.matchAll(/^::.*code-(\d+)\.ts,.*?::(.*)$/gm)) {
      found[Number(k)]!.push(message!);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the rules of idioms.grit', () => {
  it('are switched on', () => {
    const config = fileURLToPath(new URL('../biome.json', import.meta.url));
    expect(JSON.parse(readFileSync(config, 'utf8')).plugins).toEqual(['./test/idioms.grit']);
  });

  it('report each bad example once, and no good one', () => {
    const examples = [...bad, ...good.map((code) => [null, code] as const)];
    const found = lint(examples.map(([, code]) => code));
    expect(found.map((messages, k) => [examples[k]![1], ...messages.map(firstSentence)])).toEqual(
      examples.map(([message, code]) => (message === null ? [code] : [code, message])),
    );
  });
});

function firstSentence(message: string): string {
  return message.slice(0, message.indexOf('.') + 1);
}
