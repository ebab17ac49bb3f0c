/**
 * Takes screenshots of every view of the explorer, light, dark and at a phone's width: `npm run screenshots [FOLDER]`.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from './fixtures/browser.js';
import { makeSampleHome, serveExplorer } from './fixtures/explorer-server.js';

const folder = process.argv[2] ?? join('.cache', 'screenshots');
const launch = findBrowser();
if (launch === null) process.exit(3);
mkdirSync(folder, { recursive: true });

const sample = makeSampleHome();
const server = await serveExplorer(sample.home);
const browser = await launch();
const profile = '/profile?like=279&like=40&like=113&like=12';
const views = {
  start: '/profile',
  profile,
  surprise: `${profile}&diversity=0.4&explore=0.7`,
  users: '/user',
  user: '/user/7',
  'user-filtered': '/user/7?genre=Documentary&genre=Drama&diversity=0.3',
  'user-unknown': '/user/nobody',
  item: '/item/279',
  map: '/map',
  'map-item': '/map?item=279',
  models: '/models',
  model: `/models/${sample.runs.multVae}`,
  compare: '/compare?user=7',
  live: '/live',
  rules: '/rules',
  unknown: '/nowhere',
};
try {
  for (const [colorScheme, width, height] of [
    ['light', 1280, 900],
    ['dark', 1280, 900],
    ['light', 390, 844],
    ['dark', 390, 844],
  ] as const) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    for (const [name, view] of Object.entries(views)) {
      await page.goto('about:blank'); // so that each view loads from its address
      await page.goto(`${server.url}#${view}`);
      await page.waitForLoadState('networkidle');
      // A busy server answers late, and the page asks again.
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      await page.getByText('neighbourhoods are being computed').waitFor({ state: 'detached' });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
  sample.remove();
}
process.stdout.write(`${folder}\n`);
