/** Runs that travel: two homes and one PostgreSQL, as two replicas have them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/backend/select.js';
import type { ClickMatrix } from '../../src/data/click-matrix.js';
import { addressOf } from '../../src/data/store/postgres/address.js';
import { Connection } from '../../src/data/store/postgres/connection.js';
import { PostgresRuns } from '../../src/data/store/postgres/runs/postgres-runs.js';
import { openSchema } from '../../src/data/store/postgres/schema.js';
import { RunError, StorageError, UnknownRunError } from '../../src/errors.js';
import { publishRun } from '../../src/home/training/publication.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { Popularity } from '../../src/model/popularity.js';
import type { StoredRun } from '../../src/runs/format.js';
import { RunCopies } from '../../src/runs/shared/copies.js';
import { StoreEvaluations } from '../../src/runs/shared/store-evaluations.js';
import { StoreRuns } from '../../src/runs/shared/store-runs.js';
import { RunStore } from '../../src/runs/store.js';
import { HomeModels } from '../../src/serving/served-models.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';
import { runOfOtherItems, smallRun } from '../fixtures/small-run.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const script = fileURLToPath(new URL('../fixtures/send-until-killed.ts', import.meta.url));
/** Several chunks. */
const manyWeights = 3 * 2 ** 18;

class Broken extends Popularity {
  override async score(rows: ClickMatrix): Promise<Float32Array> {
    return (await super.score(rows)).fill(Number.NaN);
  }
}

/** Whether a run has the weights of `smallRun`; `toEqual` takes seconds for so many. */
function hasWeights({ weights }: StoredRun, count: number): boolean {
  const bytesOf = (contents: Pick<StoredRun, 'weights'>) =>
    Buffer.from(contents.weights.unused!.data.buffer);
  return bytesOf({ weights }).equals(bytesOf(smallRun(count)));
}

/** A process with a home folder of its own, on the common store. */
class Replica {
  readonly home: string;
  readonly connection: Connection;
  readonly shared: PostgresRuns;
  readonly local: RunStore;
  readonly runs: StoreRuns;
  readonly models: HomeModels;
  readonly problems: string[] = [];

  constructor(url: string, home = mkdtempSync(join(tmpdir(), 'multvae-replica-'))) {
    this.home = home;
    this.connection = new Connection(addressOf(url));
    this.shared = new PostgresRuns(this.connection);
    this.local = new RunStore(this.home);
    this.runs = new StoreRuns(this.home, this.local, this.shared);
    this.models = new HomeModels({
      store: this.runs,
      open: async (id) => {
        const { weights, ...run } = this.local.load(id);
        const recommender = id.endsWith('nan')
          ? new Broken(run.vocabulary.trainClicks)
          : await loadRecommender({ ...run, weights }, () => openEngine('cpu'));
        return { run, recommender };
      },
      onProblem: ({ message }) => this.problems.push(message),
    });
  }

  async publish(name: string, weights = 0): Promise<string> {
    const id = `popularity-${name}`;
    await this.runs.publish(id, smallRun(weights));
    return id;
  }

  get served(): string | null {
    return this.models.active()?.run.id ?? null;
  }

  has(name: string): boolean {
    return existsSync(join(this.home, 'runs', name));
  }

  /** The names in the folder of runs that are not the folder of a run. */
  others(): string[] {
    const path = join(this.home, 'runs');
    return existsSync(path) ? readdirSync(path).filter((name) => name.startsWith('.')) : [];
  }

  async close(): Promise<void> {
    await this.models.close();
    await this.connection.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

let server: TestPostgres;
let url: string;
let a: Replica;
let b: Replica;
let more: Replica[];

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  if (missing !== null) return;
  url = server.newSchema();
  a = new Replica(url);
  b = new Replica(url);
  more = [];
  await openSchema(a.connection, { create: true });
});
afterEach(async () => {
  if (missing !== null) return;
  for (const replica of [a, b, ...more]) await replica.close();
});

const tamper = (text: string) => a.connection.transaction((session) => session.run(text));
const damage = (run: string) =>
  tamper(
    `UPDATE store.run_chunks SET contents = set_byte(contents, 9, 255 - get_byte(contents, 9))
    WHERE run = '${run}' AND file = 'weights.safetensors' AND part = 1`,
  );

describe.skipIf(missing !== null)('a run in a shared store', () => {
  it('is served by every replica soon after it is activated on one, and after a rollback on another', async () => {
    b.models.watch(50);
    const first = await a.publish('1');
    await a.models.activate(first);
    await expect.poll(() => b.served).toBe(first);
    const second = await a.publish('2', manyWeights);
    await a.models.activate(second);
    await expect.poll(() => b.served).toBe(second);
    expect(hasWeights(b.local.load(second), manyWeights)).toBe(true);
    a.models.watch(50);
    expect(await b.models.rollback()).toEqual({ active: first, previous: second });
    await expect.poll(() => a.served).toBe(first);
    expect([a.problems, b.problems]).toEqual([[], []]);
    expect(b.others().sort()).toEqual([`.stored-${first}`, `.stored-${second}`]);
  });

  it('is listed and described where its files are not, and fetched by those who ask for it', async () => {
    const first = await a.publish('1');
    const second = await a.publish('2');
    await a.runs.activate(first);
    await b.models.follow();
    const lists = await Promise.all([a.runs.list(), b.runs.list()]);
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[1]).toMatchObject([
      { id: second, active: false, problem: null, model: 'popularity', dataName: 'plays' },
      { id: first, active: true },
    ]);
    expect(await b.runs.describe(second)).toEqual(a.local.describe(second));
    expect(await b.runs.stamp(second)).toBe(await a.runs.stamp(second));
    expect(b.has(second)).toBe(false);
    const uses = Array.from({ length: 20 }, () =>
      b.models.withModel(second, async ({ run }) => run.id),
    );
    expect(new Set(await Promise.all(uses))).toEqual(new Set([second]));
    expect(b.has(second)).toBe(true);
  });

  it('is fetched once by processes that share a folder', async () => {
    const id = await a.publish('1', manyWeights);
    const sharing = Array.from({ length: 3 }, () => new Replica(url, b.home));
    more.push(...sharing);
    await Promise.all([b, ...sharing].map(({ runs }) => runs.obtain(id)));
    expect(b.local.load(id).id).toBe(id);
    expect(b.others()).toEqual([`.stored-${id}`]);
  });

  it('never serves with a damaged chunk, and says which file of which run', async () => {
    const good = await a.publish('good');
    const bad = await a.publish('bad', manyWeights);
    await a.models.activate(good);
    await b.models.follow();
    await damage(bad);
    const reason = new RegExp(`chunk 1 of weights\\.safetensors of run ${bad} .* is damaged`);
    await expect(b.models.activate(bad)).rejects.toThrow(reason);
    await expect(b.runs.activate(bad)).rejects.toThrow(reason);
    await expect(b.models.withModel(bad, async () => 1)).rejects.toThrow(reason);
    // Whoever writes the pointer by force does not get it served.
    await tamper(`UPDATE store.run_list SET activations = '{${bad},${good}}'`);
    b.models.watch(20);
    await expect.poll(() => b.models.lag()).toMatchObject({ run: bad });
    expect(b.models.lag()?.problem).toMatch(reason);
    expect(b.problems).toHaveLength(1);
    expect(b.served).toBe(good);
    expect(b.has(bad)).toBe(false);
    expect(b.others()).toEqual([`.stored-${good}`]);
  });

  it('is mended from a home that has a whole copy', async () => {
    const id = await a.publish('1', manyWeights);
    await damage(id);
    await expect(b.runs.activate(id)).rejects.toThrow(/is damaged/);
    await a.runs.activate(id);
    await b.models.follow();
    expect(b.served).toBe(id);
  });

  it('is fetched again where the copy was damaged', async () => {
    const id = await a.publish('1', manyWeights);
    await b.runs.obtain(id);
    writeFileSync(join(b.home, 'runs', id, 'weights.safetensors'), 'no weights');
    await a.runs.activate(id);
    await b.models.follow();
    expect(b.served).toBe(id);
    expect(hasWeights(b.local.load(id), manyWeights)).toBe(true);
  });

  it.each(['damaged by its maker', 'of other items', 'nan'])(
    'keeps the old one when the new one is %s',
    async (fault) => {
      const good = await a.publish('good');
      const bad = fault === 'nan' ? 'popularity-nan' : 'popularity-bad';
      await a.runs.publish(bad, fault === 'of other items' ? runOfOtherItems() : smallRun());
      await a.models.activate(good);
      await b.models.follow();
      if (fault === 'damaged by its maker') {
        await tamper(
          `UPDATE store.run_chunks SET contents = 'x', sha256 = encode(sha256('x'), 'hex')
        WHERE run = '${bad}' AND file = 'vocabulary.jsonl'`,
        );
      }
      await expect(b.models.activate(bad)).rejects.toThrow(RunError);
      expect([b.served, await a.runs.active()]).toEqual([good, good]);
      await tamper(`UPDATE store.run_list SET activations = '{${bad},${good}}'`);
      await expect(b.models.follow()).rejects.toThrow(RunError);
      expect(b.served).toBe(good);
    },
  );

  it('is in its home alone while the store is gone, which says how to send it', async () => {
    const home = { folder: a.home, store: url };
    const run = { id: 'popularity-1', contents: smallRun() };
    await server.down('immediate');
    try {
      const publishing = publishRun(home, run, { waitsMs: [10] });
      await expect(publishing).rejects.toThrow(RunError);
      await expect(publishing).rejects.toThrow(
        /popularity-1 is in .* alone: .*`multvae activate popularity-1` sends it to postgres:/,
      );
    } finally {
      await server.up();
    }
    await expect.poll(() => a.runs.list().catch(() => null)).toEqual([]);
    expect(await a.runs.unsent()).toEqual(['popularity-1']);
    await expect(a.runs.describe('popularity-1')).rejects.toThrow(UnknownRunError);
    // No cleaning takes it away.
    await new RunCopies(a.home, a.shared).purge();
    await a.runs.activate('popularity-1');
    expect(await a.runs.unsent()).toEqual([]);
    await b.models.follow();
    expect(b.served).toBe('popularity-1');
  });

  it('is sent once the store is back, unless the waiting is given up', async () => {
    const home = { folder: a.home, store: url };
    const contents = smallRun(manyWeights);
    const waitsMs = new Array(300).fill(100);
    await server.down('immediate');
    const publishing = publishRun(home, { id: 'popularity-1', contents }, { waitsMs });
    const givenUp = AbortSignal.abort();
    const other = publishRun(home, { id: 'popularity-2', contents }, { waitsMs, signal: givenUp });
    await expect(other).rejects.toThrow(/popularity-2 is in .* alone/);
    await server.up();
    await publishing;
    await expect
      .poll(() =>
        b.runs.list().then(
          (runs) => runs.map(({ id }) => id),
          () => null,
        ),
      )
      .toEqual(['popularity-1']);
  });

  it('goes on being served while the store is gone, with what is known', async () => {
    const first = await a.publish('1');
    const second = await a.publish('2');
    await a.models.activate(first);
    await b.models.follow();
    await b.runs.obtain(await a.publish('kept'));
    await b.models.withModel(second, async () => 1);
    b.models.watch(20);
    await server.down('immediate');
    try {
      await expect.poll(() => b.models.lag()).toMatchObject({ run: null });
      expect(b.served).toBe(first);
      expect(await b.models.withModel(undefined, async ({ run }) => run.id)).toBe(first);
      expect(await b.models.withModel(second, async ({ run }) => run.id)).toBe(second);
      await expect(b.models.withModel('popularity-3', async () => 1)).rejects.toThrow(StorageError);
      // The last list is old by now, and counts as long as nobody can ask for another.
      const { now } = performance;
      vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 3000);
      expect(await b.models.withModel(second, async ({ run }) => run.id)).toBe(second);
      const third = b.models.withModel('popularity-kept', async ({ run }) => run.id);
      expect(await third).toBe('popularity-kept');
      await expect(b.models.activate(second)).rejects.toThrow(StorageError);
    } finally {
      vi.restoreAllMocks();
      await server.up();
    }
    await expect.poll(() => b.models.lag()).toBeNull();
  });

  it('is fetched once the store is back that went in the middle', async () => {
    const first = await a.publish('1');
    const second = await a.publish('2', manyWeights);
    await a.models.activate(first);
    await b.models.follow();
    const { read } = PostgresRuns.prototype;
    let chunks = 0;
    b.shared.read = async function* (id, file) {
      for await (const chunk of read.call(b.shared, id, file)) {
        yield chunk;
        if (file === 'weights.safetensors' && ++chunks === 1) await server.down('immediate');
      }
    };
    await a.runs.activate(second);
    await expect(b.models.follow()).rejects.toThrow(StorageError);
    expect([b.served, b.has(second)]).toEqual([first, false]);
    expect(b.others()).toEqual([`.stored-${first}`]);
    await server.up();
    await expect
      .poll(() =>
        b.models.follow().then(
          () => b.served,
          () => null,
        ),
      )
      .toBe(second);
  });

  it('is gone everywhere once it is removed, and a model of it answers no more', async () => {
    const first = await a.publish('1');
    const second = await a.publish('2');
    await a.models.activate(first);
    await b.models.follow();
    await b.models.withModel(second, async () => 1);
    await expect(b.runs.remove(first)).rejects.toThrow(/is the active one/);
    await a.runs.remove(second);
    expect(a.has(second)).toBe(false);
    await b.runs.active();
    await expect(b.models.withModel(second, async () => 1)).rejects.toThrow(UnknownRunError);
    // The next fetch makes room.
    const third = await a.publish('3');
    await b.runs.obtain(third);
    expect([b.has(second), b.has(third)]).toEqual([false, true]);
    expect(b.others()).toEqual([`.stored-${first}`, `.stored-${third}`]);
    await expect(b.runs.remove(second)).rejects.toThrow(
      /there is no run popularity-2 in postgres:/,
    );
  });

  it('leaves alone what is of this home or of another store', async () => {
    const kept = 'popularity-own';
    b.local.publish(kept, smallRun());
    b.local.activate(kept);
    const otherUrl = server.newSchema();
    const other = new Replica(otherUrl);
    more.push(other);
    await openSchema(other.connection, { create: true });
    const foreign = await other.publish('foreign');
    const sharing = new Replica(otherUrl, b.home);
    more.push(sharing);
    await sharing.runs.obtain(foreign);
    await b.runs.obtain(await a.publish('1'));
    expect([b.has(kept), b.has(foreign)]).toEqual([true, true]);
    expect(await b.runs.unsent()).toEqual([kept]);
    expect(await b.runs.active()).toBeNull();
    expect((await b.runs.list()).map(({ id }) => id)).toEqual(['popularity-1']);
  });

  it('takes no other run of the same id', async () => {
    const id = await a.publish('1');
    b.local.publish(id, smallRun(8));
    await expect(b.runs.obtain(id)).rejects.toThrow(/holds another run than .* has under this id/);
    await expect(b.runs.publish(id, smallRun(8))).rejects.toThrow(/exists already/);
    expect(hasWeights(b.local.load(id), 8)).toBe(true);
  });

  it('takes away what killed processes left', async () => {
    const id = await a.publish('1');
    for (const name of [`.fetching-${id}`, `.discarded-${id}`]) {
      mkdirSync(join(b.home, 'runs', name), { recursive: true });
      writeFileSync(join(b.home, 'runs', name, 'weights.safetensors'), 'half');
    }
    await new RunCopies(b.home, b.shared).purge();
    expect(b.others()).toEqual([]);
    mkdirSync(join(b.home, 'runs', `.fetching-${id}`));
    writeFileSync(join(b.home, 'runs', `.fetching-${id}`, 'foreign'), '');
    await b.runs.obtain(id);
    expect(b.local.load(id).id).toBe(id);
    expect(readdirSync(join(b.home, 'runs', id))).not.toContain('foreign');
  });

  it.each(['send', 'fetch'] as const)(
    'is not there in part when the process is killed that has to %s it',
    async (job) => {
      const id = 'popularity-1';
      if (job === 'send') a.local.publish(id, smallRun(manyWeights));
      else await a.publish('1', manyWeights);
      const home = job === 'send' ? a.home : b.home;
      const child = spawn(process.execPath, ['--import', 'tsx', script, job, home, id], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, STORE: url },
      });
      const closed = once(child, 'close');
      await once(child.stdout, 'data');
      if (job === 'send') expect(await b.runs.list()).toEqual([]);
      else expect([b.has(id), b.has(`.fetching-${id}`)]).toEqual([false, true]);
      child.kill('SIGKILL');
      await closed;
      if (job === 'send') {
        expect(await b.runs.list()).toEqual([]);
        await a.runs.activate(id);
      }
      await b.runs.obtain(id);
      expect(hasWeights(b.local.load(id), manyWeights)).toBe(true);
      expect(b.others()).toEqual([`.stored-${id}`]);
    },
  );

  it('shares its measurements and report pages', async () => {
    const id = await a.publish('1');
    const here = new StoreEvaluations(a.shared);
    const there = new StoreEvaluations(b.shared);
    expect(await there.measurement(id, 'test')).toBeNull();
    const report = { split: 'test', users: 3, leftOut: 0, models: [] };
    await here.keep(id, 'test', report);
    await here.keepPage(id, '<p>');
    expect(await there.measurement(id, 'test')).toEqual(report);
    expect(await there.page(id)).toBe('<p>');
    await expect(here.keep('../x', 'test', report)).rejects.toThrow(UnknownRunError);
    await a.shared.keepDocument({ run: id, name: 'test.json' }, '{');
    await expect(there.measurement(id, 'test')).rejects.toThrow(
      /popularity-1\/test\.json in postgres/,
    );
  });
});
