/** The recipes for a night, run: cron's command, systemd's service, and node-cron in an application. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { validate } from 'node-cron';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHome } from '../../src/home/place/open-home.js';
import { checkerboard } from '../fixtures/checkerboard.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
const recipe = (name: string) => readFileSync(join(root, 'deploy', 'nightly', name), 'utf8');
/** The folder that the recipes name. */
const named = '/srv/shop';
let shop: string;
let env: NodeJS.ProcessEnv;

/** New orders: what users of one colour buy. */
function ordersOf(first: number, users: number): void {
  const clicks = checkerboard(users, 30, 8, first);
  const lines = ['customer,sku'];
  for (let u = 0; u < users; u++)
    for (const item of clicks.row(u)) lines.push(`${first + u},${item}`);
  writeFileSync(join(shop, 'incoming', 'orders.csv'), `${lines.join('\n')}\n`);
}

/** The value of `name=` in a file of lines, in the test's folder. */
function valueIn(text: string, name: string): string {
  const [, value] = new RegExp(`^${name}=(.*)$`, 'm').exec(text)!;
  return value!.replaceAll(named, shop);
}

beforeAll(async () => {
  expect(existsSync(main), '`npm run setup` comes first').toBe(true);
  shop = mkdtempSync(join(tmpdir(), 'multvae-recipes-'));
  mkdirSync(join(shop, 'incoming'));
  mkdirSync(join(shop, 'bin'));
  // `npx multvae` means this checkout.
  const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" "${main}" "$@"\n`;
  writeFileSync(join(shop, 'bin', 'npx'), npx, { mode: 0o755 });
  env = { PATH: `${join(shop, 'bin')}:${process.env.PATH}`, HOME: shop };
  ordersOf(1000, 200);
  const home = await openHome(join(shop, '.multvae'), { create: true });
  await home.import(join(shop, 'incoming', 'orders.csv'));
  await home.train({ model: 'ease' });
  await home.close();
});
afterAll(() => rmSync(shop, { recursive: true, force: true, maxRetries: 5 }));

it('cron runs a night and keeps what it said', () => {
  const text = recipe('crontab');
  const [, when, command] = /^((?:\S+ ){5})(.*)$/.exec(text.trimEnd().split('\n').at(-1)!)!;
  expect(validate(when!.trim())).toBe(true);
  expect(validate('75 3 * * *')).toBe(false);
  ordersOf(2000, 40);
  const words = command!.replaceAll(named, shop).replace('/usr/local/bin', join(shop, 'bin'));
  const cron = { ...env, MULTVAE_HOME: valueIn(text, 'MULTVAE_HOME'), PATH: '/usr/bin:/bin' };
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', words], { env: cron, cwd: '/' });
  const log = readFileSync(join(shop, 'refresh.log'), 'utf8');
  expect(status, `${stdout}${stderr}${log}`).toBe(0);
  expect(log).toMatch(/^activated: 320 rows appended; .*\n$/);
});

it('the service of systemd runs a night', () => {
  const text = recipe('multvae-refresh.service');
  const [name, home] = valueIn(text, 'Environment').split('=');
  ordersOf(3000, 40);
  const [file, ...words] = valueIn(text, 'ExecStart').split(' ');
  const { status, stdout, stderr } = spawnSync(file!, words, {
    cwd: valueIn(text, 'WorkingDirectory'),
    env: { ...env, [name!]: home! },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^activated: 320 rows appended; /);
});

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!isThere) console.warn('systemd does not check its files: there is no systemd-analyze');
it.skipIf(!isThere)('systemd takes the service and its timer', () => {
  const verify = (name: string, text: string) => {
    writeFileSync(join(shop, name), text);
    return spawnSync('systemd-analyze', ['verify', join(shop, name)], { encoding: 'utf8' });
  };
  for (const name of ['multvae-refresh.service', 'multvae-refresh.timer']) {
    const { status, stderr } = verify(name, recipe(name));
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain(name);
  }
  const wrong = recipe('multvae-refresh.timer').replace('03:15:00', '03:75:00');
  expect(verify('multvae-refresh.timer', wrong).stderr).toContain('calendar');
});

it('node-cron runs a night in a process of its own', async () => {
  ordersOf(4000, 40);
  const words = [join('incoming', 'orders.csv'), '.multvae', '* * * * * *'];
  const child = spawn(process.execPath, [join(root, 'examples', 'nightly.mjs'), ...words], {
    cwd: shop,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  let first = '';
  for await (const line of createInterface(child.stdout)) {
    first = line;
    break;
  }
  // With the night that may have begun since.
  process.kill(-child.pid!, 'SIGTERM');
  await exited;
  expect(first).toMatch(/^activated: 320 rows appended; /);
});
