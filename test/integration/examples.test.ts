/** The programs in `examples/` run and print what they promise. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as library from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let home: string;

/** Runs a program of the checkout on the home; fails the test with its output if it fails. */
function run(...words: string[]): string {
  const env = { ...process.env, MULTVAE_HOME: home };
  const result = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
  expect(result.status, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout;
}

beforeAll(() => {
  expect(existsSync(join(root, 'dist', 'index.js')), '`npm run setup` comes first').toBe(true);
  home = mkdtempSync(join(tmpdir(), 'multvae-examples-'));
  const main = join('dist', 'cli', 'main.js');
  run(main, 'import', 'sample');
  const small = ['--set', 'epochs=2', '--set', 'hiddenDims=[16]', '--set', 'latentDim=8'];
  run(main, 'train', ...small);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('examples/recommend.mjs prints titles, by the package’s own name', () => {
  const lines = run(join('examples', 'recommend.mjs'), '7', home).trim().split('\n');
  expect(lines[0]).toBe('for user 7, by model:');
  expect(lines).toHaveLength(6);
  expect(lines[1]).toMatch(/^1\. .+ \(\d{4}\) \[.+\]$/);
});

it('examples/latent-space.mjs prints a code, an ELBO and three synthetic users', () => {
  const lines = run(join('examples', 'latent-space.mjs'), home).trim().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^user \S+: z is -?\d\.\d\d ± \d\.\d\d in the first of 8 dimensions$/);
  expect(lines[1]).toMatch(/an ELBO of -\d+ nats, -?\d\.\d sd from/);
  for (const line of lines.slice(2)) expect(line).toMatch(/^nobody clicked \S+(, \S+){4}$/);
});

it('examples/library.mjs goes from ratings to recommendations with reasons', () => {
  const lines = run(join('examples', 'library.mjs'), 'sample', '2').trim().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe('60000 ratings by 1000 users of 500 items');
  expect(lines[1]).toMatch(/^epoch 1: NDCG@100 0\.\d{4}$/);
  expect(lines[2]).toMatch(/^epoch 2: NDCG@100 0\.\d{4}$/);
  expect(lines[3]).toMatch(/^mult-vae: test NDCG@100 0\.\d{4}$/);
  expect(lines[4]).toMatch(/^popularity: test NDCG@100 0\.\d{4}$/);
  expect(lines[5]).toMatch(/^for user 42: .+ \(\d{4}\)(; .+ \(\d{4}\)){4}$/);
  for (const [k, line] of lines.slice(6).entries()) {
    expect(line).toMatch(new RegExp(`^${k + 1}\\. .+ \\(\\d{4}\\)(, because of .+)?$`));
  }
  expect(lines.slice(6).join('\n')).toContain(', because of ');
});

it('examples/express-shop.mjs serves recommendations in the shop’s own application', async () => {
  const program = join('examples', 'express-shop.mjs');
  const shop = spawn(process.execPath, [program, home, '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(shop, 'exit');
  try {
    const lines: string[] = [];
    for await (const line of createInterface(shop.stdout)) {
      if (lines.push(line) === 2) break;
    }
    const url = /http:\S+\//.exec(lines[0] ?? '')?.[0];
    expect(await (await fetch(url!)).text()).toBe('the shop');
    const recommended = await fetch(/'(.*)'/.exec(lines[1] ?? '')![1]!);
    expect(recommended.status).toBe(200);
    expect(((await recommended.json()) as { items: unknown[] }).items).toHaveLength(5);
    shop.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    shop.kill('SIGKILL');
  }
});

it('docs/library.md names every export that is more than a type', () => {
  const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8');
  const names = Object.keys(library);
  expect(names).toContain('openHome');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
