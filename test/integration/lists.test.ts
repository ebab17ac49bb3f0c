/** The lists of many users: `multvae recommend --all` and `--users`, and `makeLists` behind them. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { isWithoutList, type ListBlock, makeLists } from '../../src/home/serving/lists.js';
import { type OpenServing, openServing } from '../../src/home/serving.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let serving: OpenServing;
let folder: string;

beforeAll(async () => {
  served = await servedHome();
  folder = mkdtempSync(join(tmpdir(), 'multvae-lists-'));
  serving = await openServing(served.home, { backend: 'cpu' });
  const told = { rating: null, timestamp: null, itemId: '1' as ItemId };
  await serving.store.feedback.store([{ key: 'a', userId: 'only told' as UserId, ...told }]);
});
afterAll(async () => {
  await serving.close();
  await served.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  process.exitCode = undefined;
});

/** Runs `multvae recommend` on the served home. */
function recommend(words: readonly string[], stdin?: string) {
  const all = [...words, '--home', served.home, '--backend', 'cpu'];
  return runCommand(recommendCommand(), all, stdin);
}

/** The lines of JSON without the ids that each answer has of its own. */
function listsIn(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), recommendationId: 'own' }));
}

async function blocks(options: Parameters<typeof makeLists>[1]): Promise<ListBlock[]> {
  const given: ListBlock[] = [];
  await makeLists(serving, options, (block) => void given.push(block));
  return given;
}

describe('recommend --all', () => {
  it('writes a line for every user, those of feedback alone too, each the answer for that user', async () => {
    const output = join(folder, 'lists.jsonl');
    const { out, err } = await recommend(['--all', '-n', '3', '-o', output]);
    expect(out).toBe('');
    expect(err).toMatch(
      /^41 lists in [\d.]+ s \(\d+ users a second\); 1 of them of the most popular items$/m,
    );
    expect(err).toContain(`wrote ${output}`);
    const lists = listsIn(readFileSync(output, 'utf8'));
    const users = lists.map(({ userId }) => userId as string);
    expect(users).toHaveLength(41);
    expect(users).toEqual([...users].sort());
    expect(users).toContain('only told');
    for (const userId of ['1', '17', 'only told']) {
      const { out: alone } = await recommend([userId, '-n', '3', '--json']);
      expect(lists.find((list) => list.userId === userId)).toEqual(listsIn(alone)[0]);
    }
    expect(readdirSync(folder)).toEqual(['lists.jsonl']);
  });

  it('writes CSV with a row for each item, and chosen fields', async () => {
    const output = join(folder, 'lists.csv.gz');
    await recommend(['--users', '-', '-n', '2', '-o', output], '7\n9\n');
    const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(output)), {
      columns: true,
    });
    expect(rows.map(({ userId, rank }) => [userId, rank])).toEqual([
      ['7', '1'],
      ['7', '2'],
      ['9', '1'],
      ['9', '2'],
    ]);
    const { out } = await recommend(['7', '-n', '2', '--json']);
    const [list] = listsIn(out);
    expect(list!.items).toMatchObject(
      rows.slice(0, 2).map(({ itemId, title, score }) => ({ itemId, title, score: Number(score) })),
    );
    expect(rows[0]).toMatchObject({
      source: 'model',
      recommendationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('goes on without the lines that are no user, and says which', async () => {
    const users = join(folder, 'users.txt');
    writeFileSync(users, `\uFEFF7\r\n\r\n${'x'.repeat(501)}\nnobody\n`);
    const { out, err } = await recommend(['--users', users, '--fallback', 'none']);
    expect(listsIn(out).map(({ userId }) => userId)).toEqual(['7']);
    expect(err).toContain('no list for xxx');
    expect(err).toContain(
      'none for 1 user whom the model does not know; none for 1 line that is no user id',
    );
    expect(process.exitCode).toBe(2);
  });

  it.each([
    [['--all', '7'], /--all and the user 7 are both given/],
    [['--users', '-', '--items', '3'], /--users and --items are both given/],
    [['7', '-o', 'x.csv'], /--output goes with the lists of many users; add --all/],
    [['--all', '-o', 'x.txt'], /ending says neither JSON Lines nor CSV/],
    [['--all', '--format', 'csv', '--fields', '*'], /name the fields/],
    [['--all', '--format', 'csv', '--explain'], /leave --explain out/],
    [['--users', join(tmpdir(), 'no', 'such')], /--users: cannot read the file .*no such file/],
  ])('%j is refused', async (words, message) => {
    await expect(recommend(words)).rejects.toThrow(message);
    expect(existsSync('x.csv')).toBe(false);
  });

  it('leaves the file as it was when the work fails', async () => {
    const output = join(folder, 'kept.jsonl');
    writeFileSync(output, 'before');
    await expect(recommend(['--all', '--genre', 'Opera', '-o', output])).rejects.toThrow(/genre/);
    expect(readFileSync(output, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('makeLists', () => {
  it('keeps the order of the users over blocks, and gives a list for each mention', async () => {
    const users = Array.from({ length: 600 }, (_, k) => String(1 + (k % 40)));
    const given = await blocks({ users, n: 1 });
    expect(given.length).toBeGreaterThan(1);
    expect(given.flat().map(({ userId }) => userId)).toEqual(users);
    expect(given.flat().some(isWithoutList)).toBe(false);
  });

  it('reads no more users than it works on', async () => {
    let read = 0;
    function* many() {
      for (; read < 100_000; ) yield String(1 + (read++ % 40));
    }
    const stop = new AbortController();
    const work = makeLists(serving, { users: many(), n: 1, signal: stop.signal }, () =>
      stop.abort(new Error('enough')),
    );
    await expect(work).rejects.toThrow('enough');
    expect(read).toBeLessThan(2000);
  });

  it('throws what the handing over throws', async () => {
    const full = () => Promise.reject(new Error('full'));
    await expect(makeLists(serving, { n: 1 }, full)).rejects.toThrow('full');
  });

  it('answers all from the run that was active at the start', async () => {
    const before = served.runs['mult-vae'];
    const seen = new Set<string>();
    const users = Array.from({ length: 600 }, (_, k) => String(1 + (k % 40)));
    await makeLists(serving, { users, n: 1 }, async (block) => {
      for (const entry of block) if (!isWithoutList(entry)) seen.add(entry.modelVersion);
      await serving.models.activate(served.runs.popularity);
    });
    await serving.models.activate(before);
    expect([...seen]).toEqual([before]);
  });
});
