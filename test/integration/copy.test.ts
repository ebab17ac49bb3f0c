/** A home that is copied to PostgreSQL and back holds the same, answers the same, and is never half there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyCommand } from '../../src/cli/commands/copy.js';
import { importRatings } from '../../src/data/import.js';
import { summed } from '../../src/data/store/copy/contents.js';
import { copyModule, openStore } from '../../src/data/store/open.js';
import type { Store } from '../../src/data/store/store.js';
import { ArgumentError, HomeError, RunError } from '../../src/errors.js';
import { copyHome, placeNamed } from '../../src/home/copy/copy-home.js';
import { openHome } from '../../src/home/place/open-home.js';
import { RandomStream } from '../../src/random.js';
import { runCommand } from '../fixtures/command.js';
import { serveExplorer } from '../fixtures/explorer-server.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixture = join(root, 'test', 'fixtures', 'homes', '0.1');
const script = join(root, 'test', 'fixtures', 'copy-until-killed.ts');
const kills = 4;

let server: TestPostgres;
let folder: string;

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string) => join(folder, name);

/** A copy of the fixture, which opening changes. */
function oldHome(name = 'old'): string {
  const home = inFolder(name);
  cpSync(fixture, home, { recursive: true });
  return home;
}

/** The names and contents of all files in a folder. */
function filesIn(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => /\.[a-z]+$|SHA256SUMS$|active$/.test(name));
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(path, name)).toString('base64')]),
  );
}

/** A checksum of everything in a store, and how many rows each table has. */
async function contentsAt(place: string) {
  const { readContents } = await copyModule(placeNamed(place));
  return readContents(placeNamed(place), summed);
}

/** A home with weights, titles, fields, a removed item, rules, feedback, an ancestor and a deleted user. */
async function richHome(name: string, users = 30): Promise<string> {
  const home = inFolder(name);
  const random = new RandomStream(5, name);
  const rows = (first: number, n: number) =>
    Array.from(
      { length: n * 8 },
      (_, k) =>
        `u${first + (k % n)},i${random.integer(40)},${1 + random.integer(5)},${k},${random.float()}`,
    );
  const file = inFolder(`${name}.csv`);
  const write = (lines: readonly string[]) =>
    writeFileSync(file, ['userId,itemId,rating,timestamp,weight', ...lines, ''].join('\n'));
  write(rows(0, users));
  await importRatings(home, file);
  write(rows(users - 5, 10));
  await importRatings(home, file, { append: true });
  const store = await openStore(placeNamed(home));
  try {
    await store.items.put('i1', { title: 'Üben "1"', fields: { b: 1.5, a: ['x', 2] } });
    await store.items.put('own', { title: '千と千尋の神隠し', genres: ['a', 'é'], year: 2001 });
    await store.items.delete('i2');
    await store.ruleWriter.create({ kind: 'pin', items: ['own'] });
    await store.ruleWriter.create({ kind: 'hide', items: ['i3'] });
    await store.ruleWriter.delete('2');
    await store.feedback.store([
      { key: 'k\u0000\\1', userId: 'u1', itemId: 'own', rating: 4, timestamp: 1.25 },
      { key: 'k2', userId: 'new', itemId: 'i5', rating: null, timestamp: null },
      { key: 'k3', userId: 'u2', itemId: 'none', rating: null, timestamp: 7 },
    ] as never);
    await store.feedback.delete('k3');
    await store.feedback.deleteUser('u3');
  } finally {
    await store.close();
  }
  return home;
}

/** What a store answers. */
async function answersOf(place: string) {
  const store: Store = await openStore(placeNamed(place));
  try {
    const dataset = await store.dataset();
    const ids = Array.from({ length: 40 }, (_, k) => `i${k}`);
    return {
      dataset,
      clicks: await store.labelledClicks(3, 1),
      feedback: await store.latestFeedback(),
      items: (await store.wholeCatalogue([...ids, 'own', 'none'])).items,
      fields: await store.itemFields(),
      genres: await store.genres(),
      found: await store.listItems({ query: '神隠し', n: 9 }),
      popular: await store.listItems({ n: 100, unavailable: true }),
      newest: await store.newestItems(),
      rules: (await store.rules()).rules,
      users: await store.userIds(100),
      history: await store.userHistory('u1'),
      itemUsers: await store.itemUsers('i1', 20),
      isAncestor: await store.descendsFrom(dataset!.dataHash),
      counts: await store.importCounts(),
    };
  } finally {
    await store.close();
  }
}

describe.skipIf(missing !== null)('copyHome', () => {
  it('moves everything that a store holds, both ways, byte for byte', async () => {
    const home = await richHome('rich');
    const url = server.newSchema();
    const back = inFolder('deep/back');
    const summary = await copyHome(home, url);
    expect(summary).toMatchObject({
      from: home,
      users: 34,
      items: 41,
      feedback: 2,
      rules: 1,
      runs: 0,
      active: null,
    });
    expect(summary.to).not.toContain(server.password);
    expect(await contentsAt(url)).toEqual(await contentsAt(home));
    expect((await contentsAt(home)).counts).toMatchObject({ ancestors: 2, histories: 34 });
    const again = await copyHome(url, back);
    expect(again.sha256).toBe(summary.sha256);
    expect(await contentsAt(back)).toEqual(await contentsAt(home));
    const answers = await answersOf(home);
    expect(answers.dataset!.minWeight).not.toBeUndefined();
    expect(await answersOf(url)).toEqual(answers);
    expect(await answersOf(back)).toEqual(answers);
  });

  it('goes on where the home was: the next rule, item and event follow on', async () => {
    const home = await richHome('rich');
    const url = server.newSchema();
    await copyHome(home, url);
    const back = inFolder('back');
    await copyHome(url, back);
    for (const place of [url, back]) {
      const store = await openStore(placeNamed(place));
      try {
        expect(await store.ruleWriter.create({})).toMatchObject({ id: '3' });
        expect(await store.items.put('later', { fields: { b: 2 } })).toBe('created');
        await expect(store.items.put('wrong', { fields: { b: 'x' } })).rejects.toThrow(/number/);
        const event = { key: 'k9', userId: 'u1', itemId: 'own', rating: 1, timestamp: 9 };
        expect(await store.feedback.store([event] as never)).toEqual(['stored']);
        const repeated = {
          key: 'k\u0000\\1',
          userId: 'u1',
          itemId: 'own',
          rating: 4,
          timestamp: 1.25,
        };
        expect(await store.feedback.store([repeated] as never)).toEqual(['repeated']);
        const rated = (await store.userRatings('u1'))!.find(({ itemId }) => itemId === 'own');
        expect(rated).toMatchObject({ rating: 1 });
      } finally {
        await store.close();
      }
    }
  });

  it('moves runs, the list of activations and evaluations of the home of version 0.1', async () => {
    const home = oldHome();
    const url = server.newSchema();
    const summary = await copyHome(home, url);
    expect(summary).toMatchObject({ runs: 7, evaluations: 15, feedback: 5 });
    expect(summary.active).toMatch(/^mult-vae/);
    const back = inFolder('back');
    await copyHome(url, back);
    expect(filesIn(join(back, 'runs'))).toEqual(filesIn(join(home, 'runs')));
    expect(filesIn(join(back, 'evaluations'))).toEqual(filesIn(join(home, 'evaluations')));
    expect(Object.keys(filesIn(join(back, 'runs')))).toHaveLength(43);
    expect(await contentsAt(back)).toEqual(await contentsAt(home));
  });

  it('refuses a target that holds something, unless it is told to replace that', async () => {
    const home = await richHome('rich');
    const other = await richHome('other', 12);
    const url = server.newSchema();
    const target = inFolder('target');
    mkdirSync(join(target, 'downloads'), { recursive: true });
    writeFileSync(join(target, 'downloads', 'kept'), 'kept');
    for (const place of [url, target]) {
      await copyHome(other, place);
      const before = await contentsAt(place);
      const again = copyHome(home, place);
      await expect(again).rejects.toThrow(HomeError);
      await expect(again).rejects.toThrow(/holds the data set other.*give --replace/);
      await expect(again).rejects.not.toThrow(server.password);
      expect(await contentsAt(place)).toEqual(before);
      const replaced = await copyHome(home, place, { replace: true });
      expect(await contentsAt(place)).toEqual(await contentsAt(home));
      expect(replaced.dataset!.name).toBe('rich');
    }
    expect(readFileSync(join(target, 'downloads', 'kept'), 'utf8')).toBe('kept');
    expect(readdirSync(target).sort()).toEqual(['downloads', 'multvae.db', 'runs']);
    await expect(copyHome(home, `${home}/.`)).rejects.toThrow(ArgumentError);
  });

  it('is another store to those who read the one that it replaces', async () => {
    const home = await richHome('rich');
    const url = server.newSchema();
    await copyHome(home, url);
    const reader = await openStore(placeNamed(url));
    try {
      const catalogue = await reader.catalogueVersion();
      const rules = (await reader.rules()).version;
      await copyHome(home, url, { replace: true });
      expect(await reader.catalogueVersion()).not.toBe(catalogue);
      expect(await reader.catalogueChanges(catalogue)).toBeNull();
      expect((await reader.rules()).version).not.toBe(rules);
      expect(await reader.userHistory('u1')).not.toBeNull();
    } finally {
      await reader.close();
    }
  });

  it('changes nothing when a run of the source is damaged', async () => {
    const home = oldHome();
    const run = readdirSync(join(home, 'runs')).find((name) => name.startsWith('ease'))!;
    appendFileSync(join(home, 'runs', run, 'weights.safetensors'), 'x');
    const url = server.newSchema();
    const target = inFolder('target');
    for (const place of [url, target]) {
      await expect(copyHome(home, place)).rejects.toThrow(RunError);
    }
    expect(existsSync(target)).toBe(false);
    await expect(openStore(placeNamed(url))).rejects.toThrow(/there is no data set/);
  });

  it(`leaves a target whole or as it was when it is killed, at ${kills} moments a way`, async () => {
    const home = await richHome('rich', 3000);
    cpSync(join(fixture, 'runs'), join(home, 'runs'), { recursive: true });
    const whole = await contentsAt(home);
    const source = server.newSchema();
    const begin = performance.now();
    await copyHome(home, source);
    const durationMs = performance.now() - begin;
    const url = server.newSchema();
    let killed = 0;
    for (let k = 0; k < 2 * kills; k++) {
      const [from, to] = k % 2 === 0 ? [home, url] : [source, inFolder('target')];
      // A new process is slower than this one.
      if (await killAfter(from, to, ((k + 1) / (2 * kills)) * 1.2 * durationMs)) killed++;
      const state = await contentsAt(to).catch((error) => error);
      if (state instanceof Error) expect(state.message).toMatch(/there is no data set/);
      else if (state.counts.dataset === 1) expect(state).toEqual(whole);
      else expect(state.counts).toMatchObject({ users: 0, items: 0, feedback: 0, rules: 0 });
    }
    expect(killed).toBeGreaterThan(0);
    for (const [from, to] of [
      [home, url],
      [source, inFolder('target')],
    ] as const) {
      await copyHome(from, to, { replace: true });
      expect(await contentsAt(to)).toEqual(whole);
    }
    expect(readdirSync(inFolder('target')).sort()).toEqual(['multvae.db', 'runs']);
    expect(readdirSync(folder).filter((name) => name.includes('copying'))).toEqual([]);
  }, 300_000);
});

/** Starts a copy and kills it `delayMs` after it begins. Gives whether that ended it. */
async function killAfter(from: string, to: string, delayMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, from, to], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [, signal] = await closed;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

describe.skipIf(missing !== null)('the home of version 0.1', () => {
  const runs = readdirSync(join(fixture, 'runs')).filter((name) => name !== 'active');
  const requests = [
    ...runs.map((run) => `recommend/1?n=10&run=${run}`),
    'recommend/newcomer?n=10&explain=true',
    'recommend/50?n=5&genre=Drama&minYear=1980&diversity=0.5',
    'users/newcomer',
    'users/1',
    'items/22',
    'items?query=the&n=20',
    'similar/22?n=5',
    'users/1/anomaly',
    'models',
    ...runs.map((run) => `models/${run}`),
  ];

  /** Answers without the parts that are the request's own. */
  async function served(home: string, store?: string): Promise<Record<string, unknown>> {
    const server = await serveExplorer(home, { MULTVAE_STORE: store ?? '' });
    try {
      const answers: Record<string, unknown> = {};
      for (const request of requests) {
        const response = await fetch(new URL(request, server.url));
        const { recommendationId, ...body } = (await response.json()) as Record<string, unknown>;
        answers[request] = { status: response.status, ...body };
      }
      return answers;
    } finally {
      await server.stop();
    }
  }

  /** The figures of every run on its test users. */
  async function evaluated(home: string, store?: string): Promise<Record<string, unknown>> {
    const opened = await openHome(home, store === undefined ? {} : { store });
    try {
      const figures: Record<string, unknown> = {};
      for (const run of runs) figures[run] = await opened.evaluate(run, { split: 'test' });
      return figures;
    } finally {
      await opened.close();
    }
  }

  it('gives the same figures and answers from SQLite, from PostgreSQL and from the copy back', async () => {
    const home = oldHome();
    const url = server.newSchema();
    await copyHome(home, url);
    const back = inFolder('back');
    await copyHome(url, back);
    const answers = await served(home);
    for (const [request, answer] of Object.entries(answers)) {
      expect(answer, request).toMatchObject({ status: 200 });
    }
    expect(await served(inFolder('cache'), url)).toEqual(answers);
    expect(await served(back)).toEqual(answers);
    const figures = await evaluated(home);
    expect(Object.keys(figures)).toHaveLength(7);
    expect(await evaluated(inFolder('cache'), url)).toEqual(figures);
    expect(await evaluated(back)).toEqual(figures);
  }, 300_000);
});

describe.skipIf(missing !== null)('multvae copy', () => {
  it('copies --home to --store, and back with --from and --to', async () => {
    const home = await richHome('rich');
    const url = server.newSchema();
    const { out } = await runCommand(copyCommand(), ['--home', home, '--store', url]);
    expect(out).toMatch(
      /^copied .*rich to postgres:.*\ndata set rich: 34 users, \d+ ratings, hash [0-9a-f]{12}\n41 items, 1 rule, 2 feedback events\n0 runs \(active: none\), 0 evaluations\ncompared: both hold the same, SHA-256 [0-9a-f]{12}\n$/,
    );
    expect(out).not.toContain(server.password);
    const back = inFolder('back');
    const words = ['--from', url, '--to', back, '--json'];
    const summary = JSON.parse((await runCommand(copyCommand(), words)).out);
    expect(summary).toMatchObject({ to: back, items: 41, dataset: { name: 'rich' } });
    expect(await contentsAt(back)).toEqual(await contentsAt(home));
  });

  it.each([
    [['--home', 'h'], /nothing says where to copy to; give --store URL/],
    [['--from', 'a', '--home', 'h', '--to', 'b'], /--from and --home both name what is copied/],
    [['--to', 'a', '--store', 'postgres://h/d'], /--to and --store both name the target/],
    [['--from', '', '--to', 'b'], /--from is empty/],
    [['--from', 'a', '--to', 'redis://h'], /give a URL such as postgres:/],
    [['--from', 'nowhere at all', '--to', 'b'], /there is no data set in nowhere at all/],
  ])('refuses %j', async (words, message) => {
    await expect(runCommand(copyCommand(), words)).rejects.toThrow(message);
  });
});
