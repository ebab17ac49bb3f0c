/** Every block of docs/your-shop.md runs, on a smaller shop and with less time to train. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs', 'your-shop.md'), 'utf8');
const example = join(root, 'examples', 'express-shop.mjs');

/** The fenced blocks, in the order of the page. */
const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));

/** A command of a block, and the lines that it promises. */
interface Step {
  readonly command: string;
  readonly answers: readonly string[];
}

const steps = blocks.flatMap(({ text }): Step[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...answers] = part.trimEnd().split('\n');
      return { command: command!, answers };
    }),
);

let folder: string;
/** The servers of the page, by the address that the page gives them. */
const servers: { readonly process: ChildProcess; readonly stated: string; readonly url: string }[] =
  [];

beforeAll(() => {
  expect(existsSync(join(root, 'dist', 'cli', 'main.js')), '`npm run setup` comes first').toBe(
    true,
  );
  folder = mkdtempSync(join(tmpdir(), 'multvae-your-shop-'));
});
afterAll(async () => {
  for (const { process } of servers) {
    const exited = once(process, 'exit');
    if (process.kill('SIGTERM')) await exited;
  }
  rmSync(folder, { recursive: true });
});

/** The command on the smaller shop, with this checkout's programs and the servers' real addresses. */
function here(command: string): string {
  const words = command
    .replace('npx multvae', `node ${join(root, 'dist', 'cli', 'main.js')}`)
    .replace('--shape shop', '--shape shop:300x120x4000')
    .replace(/ train$/, ' train --time 4s')
    .replace('shop.mjs', example);
  return servers.reduce((text, { stated, url }) => text.replaceAll(stated, url), words);
}

function run(command: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', here(command)], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
  return stdout + stderr;
}

/** Starts a server of the page on a free port, and waits until it has said where. */
async function start({ command, answers }: Step): Promise<string> {
  const stated = /http:[\d./:]*\d/.exec(answers[0]!)![0];
  const anyPort = command.includes('serve') ? `${command} --port 0` : command.replace('4000', '0');
  const process = spawn('bash', ['-c', `exec ${here(anyPort)}`], { cwd: folder });
  process.stderr.resume();
  for await (const line of createInterface(process.stdout)) {
    const url = /http:[\d./:]*\d/.exec(line)?.[0];
    if (url === undefined) continue;
    servers.push({ process, stated, url });
    process.stdout.resume();
    return line;
  }
  throw new Error(`${command} said no address`);
}

/** A text without what differs between shops and machines: ids, numbers, the names of runs and of blends, and blanks. */
function plain(text: string): string {
  return text
    .replace(/[a-z]+\.[a-z]+\d*@[a-z.]+/g, 'CUSTOMER')
    .replace(/[A-Z]{3}-\d+/g, 'SKU')
    .replace(/\d[\d,.]*/g, 'N')
    .replace(/auto-\S+|(ensemble|item-knn|mult-vae|mult-dae|ease) .*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('docs/your-shop.md', () => {
  it.each(steps.map((step) => [step.command, step] as const))('%s', async (command, step) => {
    const isServer = / serve\b|^node shop/.test(command);
    const output = plain(isServer ? await start(step) : run(command));
    for (const answer of isServer ? step.answers.slice(0, 1) : step.answers) {
      expect(output, answer).toContain(plain(answer));
    }
  });

  it('shows the prices of products.csv in the application, and says which product is unknown', () => {
    const [, shop] = servers;
    const page = JSON.parse(run(`curl -s '${shop!.url}/products/MUG-1066'`)) as {
      alsoBought: { fields: { price: number; image: string } }[];
    };
    expect(page.alsoBought).toHaveLength(4);
    for (const { fields } of page.alsoBought) {
      expect(fields.price).toBeGreaterThan(0);
      expect(fields.image).toMatch(/^https:/);
    }
    expect(run(`curl -s '${shop!.url}/products/nothing'`)).toContain('"error":"no item');
  });

  it('holds the whole example', () => {
    const [application] = blocks.filter(({ language }) => language === 'js');
    expect(application!.text).toBe(readFileSync(example, 'utf8'));
  });

  it('has no block that nothing runs, but the installation', () => {
    const others = blocks.filter(({ language, text }) => language !== 'js' && !/^\$ /.test(text));
    expect(others.map(({ text }) => text)).toEqual(['npm install multvae express\n']);
    expect(steps.length).toBeGreaterThan(10);
  });

  it('recommends nothing that is sold out, to a stranger or a customer', () => {
    const soldOut = readFileSync(join(folder, 'shop', 'products.csv'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(',false'))
      .map((line) => line.split(',')[0]!);
    expect(soldOut.length).toBeGreaterThan(3);
    const [api] = servers;
    for (const user of ['ida.rossi@inbox.example', 'nobody']) {
      const answer = run(`curl -s '${api!.url}/recommend/${user}?n=200'`);
      const ids = (JSON.parse(answer) as { items: { itemId: string }[] }).items.map(
        ({ itemId }) => itemId,
      );
      expect(ids.length).toBeGreaterThan(50);
      expect(ids.filter((id) => soldOut.includes(id) || id === 'COF-1120')).toEqual([]);
    }
  });
});
