/** The home of version 0.1 answers and measures the same from SQLite, from PostgreSQL and from the copy back. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { copyHome } from '../../src/home/copy/copy-home.js';
import { openHome } from '../../src/home/place/open-home.js';
import { homeOf01, oldHome } from '../fixtures/copied-homes.js';
import { serveExplorer } from '../fixtures/explorer-server.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

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

const runs = readdirSync(join(homeOf01, 'runs')).filter((name) => name !== 'active');
/** A run without weights that learn, a network, and a blend of runs; `home-0.1.test.ts` uses every run. */
const used = runs.filter((run) => /^(ease|mult-vae|ensemble)-/.test(run));
const requests = [
  ...used.map((run) => `recommend/1?n=10&run=${run}`),
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

/** The figures of the used runs on their test users. */
async function evaluated(home: string, store?: string): Promise<Record<string, unknown>> {
  const opened = await openHome(home, store === undefined ? {} : { store });
  try {
    const figures: Record<string, unknown> = {};
    for (const run of used) figures[run] = await opened.evaluate(run, { split: 'test' });
    return figures;
  } finally {
    await opened.close();
  }
}

it.skipIf(missing !== null)(
  'gives the same figures and answers from SQLite, from PostgreSQL and from the copy back',
  async () => {
    const home = oldHome(folder);
    const url = server.newSchema();
    await copyHome(home, url);
    const back = join(folder, 'back');
    await copyHome(url, back);
    const answers = await served(home);
    for (const [request, answer] of Object.entries(answers)) {
      expect(answer, request).toMatchObject({ status: 200 });
    }
    expect(await served(join(folder, 'cache'), url)).toEqual(answers);
    expect(await served(back)).toEqual(answers);
    const figures = await evaluated(home);
    expect(Object.keys(figures)).toHaveLength(3);
    expect(await evaluated(join(folder, 'cache'), url)).toEqual(figures);
    expect(await evaluated(back)).toEqual(figures);
  },
  300_000,
);
