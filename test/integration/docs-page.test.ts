/** The page `/docs` in a real browser: its forms send requests to the server that served it. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { AccessKeys } from '../../src/api/gate/access-keys.js';
import { Gatekeeper, openGate } from '../../src/api/gate/gatekeeper.js';
import { ServingMetrics } from '../../src/api/metrics.js';
import { findBrowser } from '../fixtures/browser.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

const axe = createRequire(import.meta.url).resolve('axe-core');
const launch = findBrowser();
const eventually = <T>(get: () => T) => expect.poll(get);

describe.skipIf(launch === null)('the page /docs in Chromium', () => {
  const servers: Server[] = [];
  let served: ServedHome;
  let browser: Browser;
  let page: Page;
  let open: string;
  let guarded: string;
  let faults: string[];

  async function listen(app: ServedHome['app']): Promise<string> {
    const server = createServer(app);
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    served = await servedHome();
    const metrics = new ServingMetrics();
    const keys = AccessKeys.parse('shop:read:reader-key-0123456789');
    const gatekeeper = new Gatekeeper({ ...openGate, keys }, metrics);
    open = await listen(served.app);
    guarded = await listen(createApp({ ...served.dependencies, metrics, gatekeeper }));
    browser = await launch!();
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await served?.close();
  });
  afterEach(async () => {
    await page?.context().close();
    expect(faults).toEqual([]);
  });

  async function visit(base: string, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext(options);
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) faults.push(message.text());
    });
    await page.goto(`${base}/docs`);
  }

  const form = (name: string) => page.getByRole('form', { name: `Try ${name}`, exact: true });
  const said = (name: string) => form(name).getByRole('status').textContent();
  const answer = (name: string) => form(name).locator('pre').textContent();

  it('sends a request by keyboard, and shows status and answer', async () => {
    await visit(open);
    const name = 'GET /items/{itemId}';
    await form(name).getByLabel('itemId').fill('110');
    await page.keyboard.press('Enter');
    await eventually(() => said(name)).toMatch(/^200 OK, \d+ ms$/);
    expect(await answer(name)).toContain('"itemId": "110"');
    await form(name).getByLabel('itemId').fill('<b>x</b>');
    await page.keyboard.press('Enter');
    await eventually(() => said(name)).toMatch(/^404 /);
    expect(await answer(name)).toContain('<b>x</b>');
    expect(await form(name).locator('b').count()).toBe(0);
    expect(await page.locator('.origin').first().textContent()).toBe(open);
  });

  it('keeps lists of trials out of the counts', async () => {
    await visit(open);
    const name = 'GET /recommend/{userId}';
    expect(await form(name).getByLabel('shown').inputValue()).toBe('false');
    await form(name).getByRole('button').click();
    await eventually(() => said(name)).toMatch(/^200 /);
    const body = form('POST /recommend').getByLabel('body');
    expect(JSON.parse(await body.inputValue())).toMatchObject({ shown: false });
  });

  it('cuts a long answer, and says so', async () => {
    await visit(open);
    const name = 'GET /openapi.json';
    await form(name).getByRole('button').click();
    await eventually(() => answer(name)).toMatch(/… \d+ more characters are not shown$/);
  });

  it('sends a write at the second press, and not where the form has changed or was left', async () => {
    await visit(open);
    const name = 'PUT /items/{itemId}';
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    const press = () => form(name).getByRole('button').click();
    await press();
    expect(await said(name)).toContain('PUT /items/lamp-1. Press again');
    await form(name).getByLabel('itemId').fill('lamp-7');
    expect(await said(name)).toBe('');
    await press();
    expect(await said(name)).toContain('PUT /items/lamp-7. Press again');
    await page.getByLabel('Key, if').focus();
    expect(await said(name)).toBe('');
    await press();
    expect(sent).toEqual([]);
    await press();
    await eventually(() => said(name)).toMatch(/^201 Created/);
    expect(sent).toEqual(['PUT']);
    expect(await answer(name)).toContain('"title": "Desk lamp"');
  });

  it('refuses a path of dots, which a browser would resolve', async () => {
    await visit(open);
    const name = 'DELETE /users/{userId}';
    await form(name).getByLabel('userId').fill('..');
    await form(name).getByRole('button').click();
    expect(await said(name)).toBe('');
    await form(name).getByLabel('userId').fill('1');
    await form(name).getByRole('button').click();
    expect(await said(name)).toContain('DELETE /users/1. Press again');
  });

  it('sends the key that the reader gives, and forgets it with the page', async () => {
    await visit(guarded);
    const name = 'GET /genres';
    await form(name).getByRole('button').click();
    await eventually(() => said(name)).toMatch(/^401 .*Give a key at the top/);
    await page.getByLabel('Key, if').fill('reader-key-0123456789');
    await form(name).getByRole('button').click();
    await eventually(() => said(name)).toMatch(/^200 OK/);
    await page.reload();
    expect(await page.getByLabel('Key, if').inputValue()).toBe('');
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  });

  it('is plain documentation without scripts', async () => {
    await visit(open, { javaScriptEnabled: false });
    expect(await page.locator('form:visible').count()).toBe(0);
    expect(await page.getByText(/^curl /).count()).toBeGreaterThan(30);
  });

  it.each(['light', 'dark'] as const)(
    'has no faults that axe finds on a phone: %s',
    async (scheme) => {
      const width = 360;
      await visit(open, { colorScheme: scheme, viewport: { width, height: 800 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        width,
      );
      await form('DELETE /users/{userId}').getByRole('button').click();
      await page.evaluate(readFileSync(axe, 'utf8'));
      // All else but the colours is the same in both schemes.
      const rules =
        scheme === 'dark'
          ? ['color-contrast']
          : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const found = await page.evaluate<string[]>(`axe.run({ runOnly: ${JSON.stringify(rules)} })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`);
      expect(found).toEqual([]);
    },
  );
});
