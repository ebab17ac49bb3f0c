/** The explorer page in a real browser, against a real server over the sample data set. */

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HomeSettingsKeeper } from '../../src/home/serving/home-settings.js';
import { findBrowser } from '../fixtures/browser.js';
import {
  type ExplorerServer,
  makeSampleHome,
  type SampleHome,
  serveExplorer,
} from '../fixtures/explorer-server.js';

const built = fileURLToPath(new URL('../../web/dist', import.meta.url));
const axe = createRequire(import.meta.url).resolve('axe-core');
const launch = findBrowser();
/** Waits for an expectation, because a busy machine may take a while. */
const eventually = <T>(get: () => T) => expect.poll(get);

describe('the built page', () => {
  it('weighs less than 250 kB gzipped, all views together', () => {
    const bytes = readdirSync(built, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(html|js|css|svg)$/.test(path))
      .map((path) => gzipSync(readFileSync(join(built, path))).length);
    expect(bytes.length).toBeGreaterThan(3);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(250_000);
  });
});

describe.skipIf(launch === null)('the explorer in Chromium', () => {
  let sample: SampleHome;
  let server: ExplorerServer;
  let browser: Browser;
  let page: Page;
  /** Faults of the page: logged errors, exceptions, and requests to other origins. */
  let faults: string[];
  /** Requests of the page that are not answered yet. */
  let inFlight: number;

  beforeAll(async () => {
    sample = makeSampleHome();
    [server, browser] = await Promise.all([serveExplorer(sample.home), launch!()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    sample?.remove();
  });
  afterEach(async () => {
    await page?.context().close();
    expect(faults).toEqual([]);
  });

  /**
   * Opens a view in a new browser context.
   *
   * @param expected - error statuses that the server may answer with
   * @param also - another origin that the page may ask
   */
  async function open(
    view: string,
    options: BrowserContextOptions = {},
    expected: readonly number[] = [],
    { url = server.url, also = url }: { url?: string; also?: string } = {},
  ): Promise<void> {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 900 },
      // Each click waits until its target stands still. Two tests ask for the movements.
      reducedMotion: 'reduce',
      ...options,
    });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    faults = [];
    inFlight = 0;
    page.on('request', () => inFlight++);
    page.on('requestfinished', () => inFlight--);
    page.on('requestfailed', () => inFlight--);
    // On a busy machine the server refuses requests with 503, and the page repeats them.
    const foreseen = (text: string) =>
      [...expected, 503].some((status) => text.includes(`status of ${status}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !foreseen(message.text())) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const isOwn = [url, also].some((origin) => request.url().startsWith(origin));
      if (!isOwn) faults.push(`asked ${request.url()}`);
    });
    await page.goto(`${url}#${view}`);
  }

  const titles = () => page.locator('.ranked .what > .title').allTextContents();
  const rows = () => page.locator('.ranked > li');
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const query = () => new URLSearchParams(page.url().split('?')[1]);
  /**
   * Waits until a view shows what it asked for, and asks for no more over several frames. The browser's own
   * `networkidle` waits for half a second each time.
   */
  async function settled(): Promise<void> {
    const frames =
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
    for (let quiet = 0; quiet < 4; quiet = inFlight === 0 ? quiet + 1 : 0) {
      await page.evaluate(frames);
    }
    await eventually(() => page.locator('.skeleton').count()).toBe(0);
  }
  /** Makes a change and waits until the list differs. */
  async function listChange(change: () => Promise<unknown>): Promise<string[]> {
    const before = JSON.stringify(await titles());
    await change();
    await eventually(async () => JSON.stringify(await titles())).not.toBe(before);
    return titles();
  }

  describe('your profile', () => {
    it('starts with popular titles, suggests titles while the reader types, and answers each click at once', async () => {
      await open('/', { reducedMotion: 'no-preference' });
      await heading('Your profile').waitFor();
      await page.getByRole('combobox', { name: 'Search films' }).fill('archive del');
      await page.getByRole('option', { name: /^The Archive of the Delta \(2001\)/ }).click();
      await rows().first().waitFor();
      expect(query().getAll('like')).toEqual(['279']);
      expect(await rows().count()).toBe(10);
      expect(await page.locator('.because').first().textContent()).toContain('because of');

      const took: number[] = [];
      for (let click = 0; click < 5; click++) {
        await listChange(() =>
          rows()
            .first()
            .getByRole('button', { name: /^Like / })
            .click(),
        );
        took.push(Number(await page.locator('[data-took]').getAttribute('data-took')));
      }
      expect(await page.locator('.moved').count()).toBeGreaterThan(0);
      expect(query().getAll('like')).toHaveLength(6);
      process.stderr.write(
        `live fold-in, click to list: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms\n`,
      );
    });

    it('is shared by its address; likes can be undone, items hidden, and all of it cleared', async () => {
      await open('/profile?like=279&like=12');
      await rows().first().waitFor();
      const first = await titles();
      await page.reload();
      await rows().first().waitFor();
      expect(await titles()).toEqual(first);

      const hidden = await listChange(() =>
        rows()
          .first()
          .getByRole('button', { name: /^Hide / })
          .click(),
      );
      expect(hidden).not.toContain(first[0]);
      await page.getByRole('button', { name: 'Undo' }).first().click();
      await eventually(titles).toEqual(first);

      await page.getByRole('button', { name: 'Remove The Cold Hostage (1963)' }).click();
      await eventually(() => query().getAll('like')).toEqual(['279']);
      await page.keyboard.press('Control+z');
      await eventually(() => query().getAll('like')).toEqual(['279', '12']);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByRole('heading', { name: 'Start with a popular film, or search' }).waitFor();
      expect(page.url()).not.toContain('like=');
    });

    it('can be used without a mouse', async () => {
      await open('/');
      await page
        .getByRole('button', { name: /^Like / })
        .first()
        .waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      await page.keyboard.type('glacier');
      await page.getByRole('option').nth(1).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await rows().first().waitFor();
      expect(query().getAll('like')).toHaveLength(1);
      const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")');
      expect(await page.evaluate('document.activeElement.role')).toBe('combobox');
      await rows()
        .nth(2)
        .getByRole('button', { name: /^Like / })
        .focus();
      for (const likes of [2, 3]) {
        const before = await focused();
        await page.keyboard.press('Enter');
        await eventually(() => query().getAll('like').length).toBe(likes);
        // Between two lists, nothing has the focus for a moment.
        await eventually(async () => {
          const now = String(await focused());
          return now !== before && now.startsWith('Like ');
        }).toBe(true);
      }
      await page.keyboard.press('Control+k');
      await page.keyboard.type('quantum');
      await page
        .getByRole('option', { name: /Quantum/ })
        .first()
        .waitFor();
      await page.keyboard.press('Enter');
      await heading(/Quantum/).waitFor();
      expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    });
  });

  describe('a user', () => {
    it('is found by id, and shows history, recommendations and the clicks behind them', async () => {
      await open('/user');
      await page.getByRole('combobox', { name: 'Search users' }).fill('7');
      await page.getByRole('option', { name: /^User 7 / }).click();
      await heading('User 7').waitFor();
      await rows().first().waitFor();
      await eventually(() => page.locator('.history > li').count()).toBe(15);
      await page.getByRole('img', { name: /^64 dimensions/ }).waitFor();
      await page.getByText(/This taste is/).waitFor();
      await rows().first().hover();
      await eventually(() => page.locator('.history > .pointed').count()).toBeGreaterThan(0);
    });

    it('gets a filtered and tuned list, and the address holds the settings', async () => {
      await open('/user/7');
      await rows().first().waitFor();
      const plain = await titles();
      await page.locator('summary').click();
      await listChange(() => page.getByRole('button', { name: /^Documentary/ }).click());
      for (const genres of await page.locator('.ranked .genres').allTextContents()) {
        expect(genres).toContain('Documentary');
      }
      const varied = await listChange(() =>
        page.getByRole('slider', { name: 'Diversity' }).fill('0.8'),
      );
      expect(query().get('diversity')).toBe('0.8');
      expect(query().getAll('genre')).toEqual(['Documentary']);
      await page.reload();
      await rows().first().waitFor();
      expect(await titles()).toEqual(varied);
      await page.getByRole('button', { name: 'Reset' }).click();
      await eventually(titles).toEqual(plain);
      const surprise = await listChange(() =>
        page.getByRole('button', { name: 'Surprise me' }).click(),
      );
      await listChange(() => page.getByRole('button', { name: 'Another surprise' }).click());
      expect(await titles()).not.toEqual(surprise);
      await page.getByRole('button', { name: 'Reset' }).click();
      await eventually(titles).toEqual(plain);
      await page.getByRole('button', { name: 'Show more' }).click();
      await eventually(() => rows().count()).toBe(20);
      expect((await titles()).slice(0, 10)).toEqual(plain);
    });

    it('gets new products with a mark, if it asks for them', async () => {
      const product = `${server.url}items/brand-new`;
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ title: 'A Brand New Lamp', category: 'Light' });
      expect((await fetch(product, { method: 'PUT', headers, body })).status).toBe(201);
      try {
        await open('/user/7');
        await rows().first().waitFor();
        await listChange(() => page.getByRole('button', { name: 'New films' }).click());
        expect(query().get('new')).toBe('2');
        const row = rows().filter({ hasText: 'A Brand New Lamp' });
        await row.locator('.fresh').waitFor();
        expect(await row.locator('.fresh').textContent()).toBe('New');
        expect(await rows().count()).toBe(10);
        await page.getByRole('button', { name: 'New films' }).click();
        await eventually(() => row.count()).toBe(0);
      } finally {
        expect((await fetch(product, { method: 'DELETE' })).status).toBe(204);
      }
    });

    it('gets feedback, which changes history and list, and can be withdrawn', async () => {
      await open('/user/8');
      await rows().first().waitFor();
      const before = await titles();
      const liked = before[0]!;
      // The data have a scale, so its lowest rating can be sent.
      expect(
        await rows()
          .first()
          .getByRole('button', { name: /does not like/ })
          .count(),
      ).toBe(1);
      await listChange(() => rows().first().getByRole('button', { name: /likes/ }).click());
      expect(await titles()).not.toContain(liked);
      const entry = page.locator('.history > li', { hasText: liked });
      await entry.getByText('feedback').waitFor();
      await entry.getByRole('button', { name: /^Take back/ }).click();
      await eventually(titles).toEqual(before);
    });

    it('gets no cross where the data have no scale, because each event is a click', async () => {
      await open('/');
      await page.route('**/users/8', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), scale: null } });
      });
      await page.evaluate("location.hash = '/user/8'");
      await heading('User 8').waitFor();
      await rows().first().waitFor();
      await settled();
      expect(await page.getByRole('button', { name: /^User 8 likes/ }).count()).toBe(10);
      expect(await page.getByRole('button', { name: /does not like/ }).count()).toBe(0);
    });

    it('with an unknown id gets a page that says so', async () => {
      await open('/user/nobody', {}, [404]);
      await heading('No user nobody').waitFor();
      await page.getByRole('combobox', { name: 'Search users' }).waitFor();
    });
  });

  it('shows an item, its neighbours and who rated it', async () => {
    await open('/item/279');
    await heading('The Archive of the Delta').waitFor();
    await rows().first().waitFor();
    await eventually(() => page.locator('.people a').count()).toBe(24);
    await page.getByRole('link', { name: 'Add to your profile' }).click();
    await page.getByRole('heading', { name: 'You like 1 film' }).waitFor();
  });

  it('adds a rule, marks what it moves, and removes it', async () => {
    await open('/rules');
    await heading('Rules').waitFor();
    await page.getByRole('combobox', { name: 'What it does' }).selectOption('pin');
    await page.getByRole('combobox', { name: 'A film', exact: true }).fill('archive del');
    await page.getByRole('option', { name: /^The Archive of the Delta \(2001\)/ }).click();
    await page.getByLabel('Place', { exact: true }).fill('3');
    await page.getByRole('button', { name: 'Add the rule' }).click();
    await page.getByText(/^pin The Archive of the Delta.* at place 3$/).waitFor();
    const rulesPage = page;
    await open('/user/7');
    await rows().first().waitFor();
    expect((await titles())[2]).toMatch(/^The Archive of the Delta/);
    expect(await rows().nth(2).textContent()).toContain('pinned by a rule');
    expect(await rows().nth(1).textContent()).not.toContain('by a rule');
    await page.context().close();
    page = rulesPage;
    await page.getByRole('button', { name: /^Remove the rule: pin/ }).click();
    await page.getByText('There are no rules.').waitFor();
  });

  it('speaks in chosen words, and shows image, link and price of a product from an allowed host', async () => {
    const dot = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const images = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'image/gif' }).end(dot);
    });
    await new Promise<void>((resolve) => images.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(images.address() as AddressInfo).port}`;
    const settings = new HomeSettingsKeeper(sample.home);
    const lamp = {
      title: 'A Lamp',
      category: 'Light',
      price: 19.5,
      brand: 'Alba',
      image: `${host}/lamp.gif`,
      url: 'https://shop.example/lamp',
      watts: 7,
    };
    const item = (method: string, body?: unknown) =>
      fetch(`${server.url}items/lamp`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: { 'Content-Type': 'application/json' },
      });
    expect((await item('PUT', lamp)).status).toBe(201);
    try {
      await open('/item/lamp');
      await heading('A Lamp').waitFor();
      await page.getByText(/^19\.50 · Light · Alba · 0 ratings$/).waitFor();
      expect(await page.getByRole('link', { name: /^shop\.example/ }).getAttribute('href')).toBe(
        lamp.url,
      );
      expect(await page.locator('.details').textContent()).toBe('Watts7');
      // No host is allowed yet, so the page draws, and says what to do.
      expect(await page.locator('.heading svg.drawing').count()).toBe(1);
      await page.getByText(`multvae settings set imageHosts=${host}`).waitFor();

      await settings.set(`imageHosts=${host}`, 'words.item=ware', 'words.event=order');
      const allowed = async () => (await fetch(server.url)).headers.get('content-security-policy');
      await eventually(allowed).toContain(`img-src 'self' ${host};`);
      const described = async () => (await fetch(`${server.url}home`)).text();
      await eventually(described).toContain('"items":"wares"');
      await page.context().close();
      await open('/item/lamp', {}, [], { also: host });
      await page.getByText(/· 0 orders$/).waitFor();
      const image = page.locator('.heading img.picture');
      expect(await image.getAttribute('src')).toBe(lamp.image);
      await eventually(() =>
        image.evaluate((node) => 'naturalWidth' in node && node.naturalWidth),
      ).toBe(1);
      await page.getByRole('combobox', { name: 'Find a ware or a user' }).waitFor();
    } finally {
      await settings.unset('imageHosts', 'words');
      expect((await item('DELETE')).status).toBe(204);
      images.closeAllConnections();
      images.close();
    }
  });

  describe('the map', () => {
    it('can be clicked, and walked by keys', async () => {
      await open('/map', { reducedMotion: 'no-preference' });
      const canvas = page.getByRole('application', { name: /^Map of 500 / });
      await canvas.waitFor();
      const box = (await canvas.boundingBox())!;
      // A walk over the middle of the map meets a point, wherever the points are.
      for (let step = 0; step < 60 && !query().has('item'); step++) {
        const x = box.width * (0.3 + (step % 10) * 0.04);
        const y = box.height * (0.35 + Math.floor(step / 10) * 0.05);
        await canvas.click({ position: { x, y } });
      }
      const clicked = query().get('item');
      expect(clicked).not.toBeNull();
      await eventually(() => page.locator('.nearest li').count()).toBe(8);
      await canvas.press('ArrowRight');
      await eventually(() => query().get('item')).not.toBe(clicked);
      const chosen = query().get('item')!;
      await canvas.press('+');
      await canvas.press('Enter');
      await eventually(() => page.url()).toMatch(new RegExp(`#/item/${chosen}$`));
    });

    it('gives way to the neighbourhoods when they are computed; the plane stays a choice', async () => {
      await open('/map');
      const computing = page.getByText('The neighbourhoods are being computed.');
      await page.getByRole('application').waitFor();
      await eventually(() => computing.count()).toBe(0);
      const asked = page.waitForResponse(/map\?.*method=pca/);
      await page.getByLabel('Places').selectOption('Principal components');
      expect((await (await asked).json()).method).toBe('pca');
      await page.getByLabel('Colour').selectOption('Decade');
      const decade = page.getByRole('button', { name: /^\d{4}s/ }).first();
      await decade.click();
      await eventually(() => decade.getAttribute('aria-pressed')).toBe('true');
      expect(query().get('color')).toBe('decade');
    });

    it('stays smooth with 20,000 items', async () => {
      await open('/map');
      await page.getByRole('application').waitFor();
      const genres = ['Drama', 'Comedy', 'War', 'Crime'];
      const items = Array.from({ length: 20_000 }, (_, k) => ({
        itemId: `${k}`,
        title: `Title ${k}`,
        genre: genres[k % 4],
        year: 2000,
        clicks: k % 500,
        x: Math.sin(k * 12.9) * (1 + Math.sin(k)),
        y: Math.cos(k * 78.2) * (1 + Math.cos(k * 3)),
      }));
      const body = { modelVersion: 'x', method: 'umap', isComputing: false, items };
      await page.route('**/map?*', (route) => route.fulfill({ json: body }));
      await page.reload();
      const canvas = page.getByRole('application', { name: /^Map of 20,000 films/ });
      await canvas.hover();
      const drawn: number[] = [];
      for (let turn = 0; turn < 8; turn++) {
        await page.mouse.wheel(0, turn < 4 ? -120 : 120);
        await page.evaluate(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
        );
        drawn.push(Number(await canvas.getAttribute('data-draw-ms')));
      }
      expect(Math.max(...drawn)).toBeGreaterThan(0);
      process.stderr.write(
        `a frame of 20,000 items, in software: ${drawn.map((ms) => ms.toFixed(0)).join(', ')} ms\n`,
      );
    });
  });

  describe('from the first view, in a few clicks, one', () => {
    const rate = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
    const lists = {
      lists: 1000,
      clicked: 130,
      clickThrough: rate(0.13),
      converted: 30,
      conversion: rate(0.03),
    };
    const figures = { ...lists, empty: 0, popularity: rate(0.1), latencyMs: null };
    const live = {
      from: '2026-10-30',
      to: '2026-11-28',
      total: figures,
      byRun: [{ ...figures, run: 'ease-20261128-031502-51aa3' }],
      byDay: [{ ...figures, day: '2026-11-28' }],
      byPlace: [{ ...lists, place: 1 }],
    };
    const paired = (first: number, second: number, p: number) => ({
      hits: { first, second, difference: first - second, p },
      ranking: { first, second, difference: first - second, p },
    });
    const night = {
      startedAt: '2026-11-28T03:15:00.000Z',
      rows: 95,
      catalogue: null,
      run: 'ease-20261128-031502-51aa3',
      comparison: {
        base: { result: paired(0.54, 0.5, 0.001) },
        popularity: paired(0.54, 0.29, 0.001),
      },
      outcome: 'activated',
      reason: 'ease-20261128-031502-51aa3 is active.',
    };
    const nights = [night, { ...night, startedAt: '2026-11-27T03:15:00.000Z' }];
    async function openAfterNights(): Promise<void> {
      await open('/rules');
      await page.route(/\/nights$/, (route) => route.fulfill({ json: { nights } }));
      await page.route(/\/live\?/, (route) => route.fulfill({ json: live }));
      await page.getByRole('link', { name: 'Your profile' }).click();
    }

    it('finds something new, and reads why it is proposed', async () => {
      await openAfterNights();
      await page.locator('.cards button').first().click();
      await rows().first().waitFor();
      expect(await rows().first().locator('.because').textContent()).toMatch(/^because of ./);
    });

    it('sees whether last night’s model is better', async () => {
      await openAfterNights();
      const told =
        /^Last night .*A new model is live, better than the one before: 54 of 100 users find a hidden rating among its first 20, 50 with the one before, 29 with popularity\./;
      const front = page.locator('.lately p').first();
      await eventually(() => front.textContent()).toMatch(told);
      await page.getByRole('link', { name: 'All nights' }).click();
      await page.getByRole('img', { name: /night|Of 100 users/ }).waitFor();
      expect(await page.locator('.night-list > li').count()).toBe(2);
      await page.getByRole('link', { name: 'Models', exact: true }).click();
      const models = page.locator('.heading p', { hasText: 'Last night' });
      await eventually(() => models.textContent()).toMatch(told);
    });

    it('sees whether the lists earn', async () => {
      await openAfterNights();
      const front = page.locator('.lately p').nth(1);
      const earned = 'Of 100 lists that were shown, 13 were clicked and 3.0 led to a purchase.';
      await eventually(() => front.textContent()).toContain(earned);
      await page.getByRole('link', { name: 'Day by day' }).click();
      await page.getByRole('row', { name: /^ease of .* 1,000 13 \(12 to 14\)/ }).waitFor();
    });
  });

  it('shows runs with metrics and curves, and switches the active run', async () => {
    const { ease, multVae } = sample.runs;
    await open('/models');
    const activeRun = page.locator('.run.active code');
    await eventually(() => activeRun.textContent()).toBe(multVae);
    await page.getByRole('button', { name: `Activate ${ease}` }).click();
    await eventually(() => activeRun.textContent()).toBe(ease);
    await page.getByRole('button', { name: 'Roll back' }).click();
    await eventually(() => activeRun.textContent()).toBe(multVae);
    await page.getByRole('link', { name: 'mult-vae', exact: true }).click();
    await page.getByRole('row', { name: /^NDCG@100/ }).waitFor();
    await page.getByRole('heading', { name: 'With few clicks' }).waitFor();
    expect(await page.getByRole('row', { name: /^1 click 0\.\d{4}/ }).count()).toBe(2);
    const curve = page.getByRole('img', { name: /^NDCG@100, validation users: from/ });
    await curve.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.reading').first().textContent()).toMatch(/^0\.\d+ at epoch \d+$/);
    const [report] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Read the report' }).click(),
    ]);
    await report.getByRole('heading', { level: 1 }).waitFor();
  });

  it('has the report of a run made, tells how far it is, and why it failed', async () => {
    const { ease } = sample.runs;
    const none = { run: ease, state: 'none', hasPage: false, since: null, text: null };
    let told: object = none;
    let presses = 0;
    await open('/models');
    await page.route(/\/report(\/state)?$/, async (route) => {
      const isPress = route.request().method() === 'POST';
      if (isPress) {
        presses++;
        told = { ...none, state: 'making', text: 'measuring EASE' };
      }
      await route.fulfill({ status: isPress ? 202 : 200, json: told });
    });
    await page.getByRole('link', { name: 'ease', exact: true }).click();
    const make = page.getByRole('button', { name: 'Make the report' });
    await make.click();
    await page.getByText('Making the report: measuring EASE').waitFor();
    expect(await make.count()).toBe(0);
    told = { ...none, state: 'failed', text: 'the disk is full' };
    await page.getByText('The report was not made: the disk is full').waitFor();
    await make.click();
    await eventually(() => presses).toBe(2);
    told = { ...none, state: 'made', hasPage: true };
    await page.getByRole('button', { name: 'Read the report' }).waitFor();
    expect(await make.count()).toBe(0);
  });

  it('names a run and notes something on it; Compare shows the name, the id stays beside it', async () => {
    const { ease } = sample.runs;
    await open('/models');
    const button = page.getByRole('button', { name: `Name and note of ${ease}` });
    const form = page.getByRole('form', { name: `Change the name and note of ${ease}` });
    const write = async (name: string, note: string) => {
      await button.click();
      await form.getByLabel('Name').fill(name);
      await form.getByLabel('Note').fill(note);
      await form.getByRole('button', { name: 'Save' }).click();
    };
    await write('Spring', 'after the sale');
    const own = page.locator('.run', { hasText: ease });
    await own.getByRole('link', { name: 'Spring', exact: true }).waitFor();
    await own.getByText('after the sale').waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(`/compare?a=${ease}&user=7`)}`);
    const picked = page.getByLabel('First run').locator('option:checked');
    await eventually(() => picked.textContent()).toContain(`Spring · ${ease}`);
    await page.evaluate(`location.hash = ${JSON.stringify(`/models/${ease}`)}`);
    await heading('Spring').waitFor();
    await write('', '');
    await heading('ease').waitFor();
    await eventually(() => page.getByText('after the sale').count()).toBe(0);
  });

  it('draws runs on one chart, which the address holds', async () => {
    const { ease, multVae } = sample.runs;
    await open(`/models?curve=${multVae}`);
    const chart = page.locator('.curve.wide');
    await chart.locator('path.line').waitFor();
    await page.getByRole('button', { name: ease, exact: false }).last().click();
    await eventually(() => chart.locator('path.line').count()).toBe(2);
    expect(query().getAll('curve')).toEqual([multVae, ease]);
    expect(await chart.locator('path[stroke-dasharray]').count()).toBe(1);
    await chart.locator('svg').focus();
    await page.keyboard.press('ArrowRight');
    const reading = () => chart.locator('figcaption').textContent();
    await eventually(reading).toMatch(/^Epoch \d+: .*0\.\d{4}.*0\.\d{4}$/);
    const last = await reading();
    await page.keyboard.press('ArrowLeft');
    await eventually(reading).not.toBe(last);
  });

  it('says that a run is of other data than the home holds', async () => {
    const { multVae } = sample.runs;
    const remark = `run ${multVae} was trained on other data`;
    await open('/models');
    await page.route(/\/models(\/[^/]*)?$/, async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      for (const run of body.models ?? [body]) if (run.run === multVae) run.remark = remark;
      await route.fulfill({ response, json: body });
    });
    await page.reload();
    const remarks = page.locator('.run .remark');
    await eventually(() => remarks.allTextContents()).toEqual([remark]);
    await page.getByRole('link', { name: 'mult-vae', exact: true }).click();
    await eventually(() => page.locator('.remark').allTextContents()).toEqual([remark]);
  });

  it('compares two runs on a user', async () => {
    await open('/compare');
    await page.getByRole('combobox', { name: 'User', exact: true }).fill('7');
    await page.getByRole('option', { name: /^User 7 / }).click();
    await page.locator('.slope-list').nth(1).waitFor();
    const first = await page.locator('.slope-list').first().locator('.title').allTextContents();
    expect(first).toHaveLength(20);
    await eventually(() => page.locator('.slopes path').count()).toBeGreaterThan(3);
    expect(await page.getByRole('status').first().textContent()).toMatch(/of 20 films are in both/);
    await page.getByRole('button', { name: 'Swap' }).click();
    await eventually(() =>
      page.locator('.slope-list').nth(1).locator('.title').allTextContents(),
    ).toEqual(first);
  });

  it('compares two runs with few clicks, once both are measured', async () => {
    const { ease, multVae } = sample.runs;
    await open('/models');
    // What is known of one run stands for both.
    await page.route(`**/models/${ease}`, async (route) => {
      const response = await route.fetch({ url: route.request().url().replace(ease, multVae) });
      const text = (await response.text()).replaceAll(multVae, ease);
      await route.fulfill({ response, body: text });
    });
    const view = `/compare?a=${ease}&b=${multVae}&user=7`;
    await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
    const means = page.getByRole('row', { name: /^3, NDCG@100/ }).getByRole('cell');
    await means.first().waitFor();
    const [first, second] = await means.allTextContents();
    expect(first).toMatch(/^0\.\d{4}± 0\.\d{4}$/);
    expect(second).toBe(first);
  });

  describe('on a phone', () => {
    const phone = { viewport: { width: 390, height: 844 } };

    it('shows the list before its settings, and reasons in two lines', async () => {
      await open('/profile?like=279&like=12&like=40&like=113', phone);
      await rows().first().waitFor();
      const slider = page.getByRole('slider', { name: 'Diversity' });
      expect(await slider.isVisible()).toBe(false);
      const lines = await page.evaluate<number[]>(`[...document.querySelectorAll('.because')].map(
        (each) => each.offsetHeight / Number.parseFloat(getComputedStyle(each).lineHeight))`);
      expect(lines.length).toBeGreaterThan(3);
      expect(Math.max(...lines)).toBeLessThan(2.2);
      await page.getByRole('button', { name: 'Filter and tune' }).click();
      await listChange(() => slider.fill('1'));
      await page.getByRole('button', { name: 'Hide the settings' }).click();
      await page.getByRole('button', { name: 'Settings are on' }).waitFor();
    });

    it('wraps long ids between their parts, so that nothing is wider than the screen', async () => {
      await open('/', phone);
      const userIds = [
        'oskar.lindqvist33@letters.example',
        `${'very.long.name.'.repeat(5)}@x.example`,
      ];
      const users = userIds.map((userId) => ({
        userId,
        rating: 4.5,
        timestamp: 1.4e9,
        ratings: 3,
      }));
      await page.route(/\/users\?/, (route) => route.fulfill({ json: { users } }));
      for (const [view, name] of [
        ['/item/279', '.people'],
        ['/user', '.cards.users'],
      ] as const) {
        await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
        await page.locator(`${name} li`).nth(1).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBe(390);
        const cut = await page.evaluate<number[]>(
          `[...document.querySelectorAll('${name} a')].map((a) => a.scrollWidth - a.clientWidth)`,
        );
        expect(Math.max(...cut), view).toBeLessThanOrEqual(1);
      }
    });
  });

  it('says that the server does not answer, and continues when it is back', async () => {
    await open('/profile?like=279', {}, [404]);
    await rows().first().waitFor();
    page.removeAllListeners('console'); // the browser itself logs that it is offline
    await page.context().setOffline(true);
    await page.getByRole('slider', { name: 'Diversity' }).fill('0.5');
    await page.getByText('The server does not answer.').waitFor();
    await page.context().setOffline(false);
    await listChange(() => page.getByRole('button', { name: 'Try now' }).click());
    await eventually(() => page.getByText('The server does not answer.').count()).toBe(0);
  });

  it('asks for a key if the server needs one, and hides changes that the key may not make', async () => {
    const key = 'a-key-that-may-read';
    const guarded = await serveExplorer(sample.home, {
      MULTVAE_API_KEYS: `looker:read:${key}`,
    });
    try {
      await open('/user/7', {}, [401, 403], { url: guarded.url });
      await heading('This server needs an API key').waitFor();
      const field = page.getByLabel('API key');
      await field.fill('another-key-altogether');
      await field.press('Enter');
      await page.getByText('The server does not know this key').waitFor();
      await field.fill(key);
      await field.press('Enter');
      await rows().first().waitFor();
      const opinions = page.getByRole('button', { name: /^User 7 likes/ });
      await opinions.first().click();
      await page.getByText(/this key may read/i).waitFor();
      await eventually(() => opinions.count()).toBe(0);
      await page.reload();
      await rows().first().waitFor();
      await page.getByRole('button', { name: 'Forget the API key' }).click();
      await heading('This server needs an API key').waitFor();
    } finally {
      await guarded.stop();
    }
  });

  const views = () => [
    '/',
    '/profile?like=279&like=12',
    '/user',
    '/user/7?genre=Drama',
    '/item/279',
    '/map?item=279',
    '/models',
    `/models/${sample.runs.multVae}`,
    '/compare?user=7',
    '/live',
    '/rules',
    '/nowhere',
  ];
  it.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 360],
  ] as const)(
    'is accessible: %s, %i pixels wide',
    async (colorScheme, width) => {
      await open('/', { colorScheme, viewport: { width, height: 800 } });
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(19, 21, 26)' : 'rgb(250, 248, 243)');
      await page.evaluate(readFileSync(axe, 'utf8'));
      // All else but the colours is the same in both schemes.
      const rules =
        colorScheme === 'dark'
          ? ['color-contrast']
          : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      for (const view of views()) {
        await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
        await settled();
        expect(
          await page.evaluate('document.documentElement.scrollWidth'),
          view,
        ).toBeLessThanOrEqual(width);
        const found = await page.evaluate<string[]>(`axe.run({
        runOnly: ${JSON.stringify(rules)},
        // Colours depend on the scheme alone, and checking them takes the longest.
        rules: { 'color-contrast': { enabled: ${width > 360} } },
      }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`);
        expect(found, view).toEqual([]);
      }
    },
    240_000,
  );
});
