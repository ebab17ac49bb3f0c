import {
  appendFileSync,
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
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyCommand } from '../../src/cli/commands/copy.js';
import { openStore } from '../../src/data/store/open.js';
import { addressOf } from '../../src/data/store/postgres/address.js';
import { Connection } from '../../src/data/store/postgres/connection.js';
import type { Store } from '../../src/data/store/store.js';
import { ArgumentError, HomeError, RunError } from '../../src/errors.js';
import { copyHome, placeNamed } from '../../src/home/copy/copy-home.js';
import { runCommand } from '../fixtures/command.js';
import { contentsAt, oldHome, richHome } from '../fixtures/copied-homes.js';
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

const inFolder = (name: string) => join(folder, name);

/** The names and contents of all files in a folder. */
function filesIn(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => /\.[a-z]+$|SHA256SUMS$|active$/.test(name));
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(path, name)).toString('base64')]),
  );
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
      // By a word of a title, and by the id of an item without one.
      named: await Promise.all(['uben', 'i5'].map((query) => store.listItems({ query, n: 9 }))),
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
    const home = await richHome(folder, 'rich');
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
    expect(answers.named.map((items) => items.map(({ itemId }) => itemId))).toEqual([
      ['i1'],
      ['i5'],
    ]);
    expect(answers.dataset!.minWeight).not.toBeUndefined();
    expect(await answersOf(url)).toEqual(answers);
    expect(await answersOf(back)).toEqual(answers);
  });

  it('moves rows whose key sorts before all letters and digits', async () => {
    const url = server.newSchema();
    await copyHome(await richHome(folder, 'rich'), url);
    const { counts } = await contentsAt(url);
    const connection = new Connection(addressOf(url));
    try {
      await connection.transaction(async (session) => {
        await session.run("INSERT INTO store.ancestors VALUES (' ')");
        await session.run("INSERT INTO store.documents VALUES ('!', 'x', 1)");
      });
    } finally {
      await connection.close();
    }
    const more = (await contentsAt(url)).counts;
    expect(more).toEqual({
      ...counts,
      ancestors: counts.ancestors + 1,
      documents: counts.documents + 1,
    });
  });

  it('names the text with a NUL that PostgreSQL cannot store', async () => {
    const home = await richHome(folder, 'rich');
    const db = new Sqlite(join(home, 'multvae.db'));
    db.prepare("UPDATE items SET title = 'x' || char(0) WHERE id = 'i7'").run();
    db.close();
    await expect(copyHome(home, server.newSchema())).rejects.toThrow(
      /^title of "i7" in items holds the character NUL.*; change it in the home first$/,
    );
  });

  it('closes its connections where the store has nothing to copy', async () => {
    const closed = vi.spyOn(Connection.prototype, 'close');
    try {
      await expect(copyHome(server.newSchema(), inFolder('to'))).rejects.toThrow(/no data set in/);
      expect(closed).toHaveBeenCalled();
    } finally {
      closed.mockRestore();
    }
  });

  it('goes on where the home was: the next rule, item and event follow on', async () => {
    const home = await richHome(folder, 'rich');
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
    const home = oldHome(folder);
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
    const home = await richHome(folder, 'rich');
    const other = await richHome(folder, 'other', 12);
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
    const home = await richHome(folder, 'rich');
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
    const home = oldHome(folder);
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
});

describe.skipIf(missing !== null)('multvae copy', () => {
  it('copies --home to --store, and back with --from and --to', async () => {
    const home = await richHome(folder, 'rich');
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
