/** The nights of a home, in both stores: data come in, a model is trained, compared with the one before, and activated. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshCommand } from '../../src/cli/commands/refresh.js';
import { openStore } from '../../src/data/store/open.js';
import type { HomePlace } from '../../src/data/store/place.js';
import {
  BusyError,
  ConfigError,
  DataError,
  DivergenceError,
  UnknownRunError,
} from '../../src/errors.js';
import { KeptPairs } from '../../src/home/comparison/kept-pairs.js';
import { Home } from '../../src/home/home.js';
import { aloneWith } from '../../src/home/nights/refresh-lock.js';
import { keptRuns, withStore } from '../../src/home/place/opened.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';
import { storeKinds } from '../fixtures/stores.js';

const folder = mkdtempSync(join(tmpdir(), 'multvae-nights-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The orders of a day: users `first` to `last` buy what others of their colour buy. */
function day(name: string, first: number, last: number): string {
  const clicks = checkerboard(last, 30, 8, 1);
  const lines = ['userId,itemId'];
  for (let u = first - 1; u < last; u++) {
    for (const item of clicks.row(u)) lines.push(`${u + 1},${item}`);
  }
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A network that has learnt nothing. */
const untrained = {
  parameters: { epochs: 1, hiddenDims: [4], latentDim: 2, learningRate: 1e-7 },
  backend: 'cpu',
} as const;

describe('multvae refresh', () => {
  it('takes a file of items alone, and trains only where clicks are new', async () => {
    const home = ['--home', join(folder, 'products')];
    const products = join(folder, 'products.csv');
    const refresh = (...words: string[]) =>
      runCommand(refreshCommand(), [...words, '--model', 'popularity', ...home]);
    writeFileSync(products, 'itemId,title,price\n1,Lamp,20\n99,Desk,80\n');
    await expect(refresh('--items', products)).rejects.toThrow(
      /there is no data set in .*import one first/,
    );
    const orders = day('with-products', 1, 150);
    const first = await refresh(orders, '--items', products);
    expect(first.out).toMatch(
      /^activated: 1200 rows appended, 1 new item, 1 changed; popularity-\S+ is active\.\n$/,
    );
    await refresh('--items', products);
    writeFileSync(products, 'itemId,title,price\n1,Lamp,25\n99,Desk,80\n100,Chair,45\n');
    // Also beside a file of orders that was appended before.
    for (const [words, items] of [
      [[], '1 new item, 1 changed'],
      [[orders], '0 new items, 0 changed'],
    ] as const) {
      const next = await refresh(...words, '--items', products);
      expect(next.out).toMatch(`nothing new: 0 rows appended, ${items}; no click is new since pop`);
    }
    writeFileSync(products, 'itemId,title\n"1,Lamp\n');
    await expect(refresh('--items', products)).rejects.toThrow(DataError);
    const nights = JSON.parse((await refresh('--json')).out);
    expect(nights).toMatchObject({ outcome: 'nothing new', catalogue: null });
  });

  it('prints one line, and nothing else where stderr is no terminal', async () => {
    const home = ['--home', join(folder, 'commands')];
    const file = day('line', 1, 150);
    const words = [file, '--model', 'popularity', ...home];
    const { out, err } = await runCommand(refreshCommand(), words);
    expect(out).toMatch(/^activated: 1200 rows appended; popularity-\S+ is active\.\n?$/);
    expect(err).toBe('');
    const again = await runCommand(refreshCommand(), [file, '--json', ...home]);
    expect(JSON.parse(again.out)).toMatchObject({ outcome: 'nothing new', rows: 0 });
    const auto = [file, '--model', 'auto', '--set', 'epochs=1', ...home];
    await expect(runCommand(refreshCommand(), auto)).rejects.toThrow(/leave --config and --set/);
  });
});

for (const kind of storeKinds) {
  describe.skipIf(kind.missing !== null)(
    `the nights of a home in ${kind.name}${kind.missing === null ? '' : ` (${kind.missing})`}`,
    () => {
      let server: Awaited<ReturnType<typeof kind.start>>;
      let homes = 0;
      beforeAll(async () => {
        server = await kind.start();
      }, 240_000);
      afterAll(() => server?.stop());

      async function newHome(): Promise<{ home: Home; place: HomePlace }> {
        const place = server.newPlace(join(folder, `${kind.name}-${++homes}`));
        const store = await openStore(place, { create: true });
        await store.close();
        return { home: new Home(place), place };
      }

      async function usersOf(place: HomePlace, run: string) {
        const store = await openStore(place);
        try {
          return await keptRuns(place, store).runs.users(run);
        } finally {
          await store.close();
        }
      }

      it('keeps who is held out, and compares yesterday with today on those users', async () => {
        const { home, place } = await newHome();
        await home.import(day('monday', 1, 150));
        const monday = await home.train({ model: 'ease' });
        await home.import(day('tuesday', 120, 300), { append: true });
        const tuesday = await home.train({ model: 'ease', heldoutFrom: monday.runId });
        const before = await usersOf(place, monday.runId);
        const after = await usersOf(place, tuesday.runId);
        for (const set of ['validation', 'test'] as const) {
          expect(after.split[set].users).toEqual(
            expect.arrayContaining([...before.split[set].users]),
          );
          const { users } = after.split[set];
          expect(users.filter((user) => before.trained!.has(user))).toEqual([]);
        }
        expect(after.protocol.kept).toEqual({ run: monday.runId, share: 0.1 });
        expect(after.trained!.count).toBe(after.lineage.trainingUsers);

        const remarks: string[] = [];
        const study = await home.compare([tuesday, monday], {
          onRemark: (text) => remarks.push(text),
        });
        expect(study.users).toBe(before.split.test.users.length);
        expect(remarks.join()).toMatch(/measured on the 15 test users whom all of them hold out/);
        // A fresh split trains on most of them.
        const fresh = await home.train({ model: 'popularity' });
        const trained = await usersOf(place, fresh.runId);
        expect(before.split.test.users.some((user) => trained.trained!.has(user))).toBe(true);
        await home.close();
      }, 240_000);

      it('activates a run unless it is worse than the active one or not better than popularity', async () => {
        const { home } = await newHome();
        await home.import(day('opening', 1, 300));
        const train = (model: 'ease' | 'mult-vae' | 'popularity', options: object = {}) =>
          home.train({ model, activate: 'if-better', ...options });
        const active = async () =>
          (await home.runs()).runs.find(({ active }) => active)?.id ?? null;

        const bad = await train('mult-vae', untrained);
        expect(bad.activation.activated).toBe(false);
        expect(bad.activation.reason).toMatch(
          new RegExp(`^no run is active: ${bad.runId} is not better than popularity. .* of the 30`),
        );
        expect(bad.activation.comparison!.base).toBeNull();
        expect(await active()).toBeNull();

        const good = await train('ease');
        expect(good.activation).toMatchObject({ activated: true, comparison: { base: null } });
        expect(await active()).toBe(good.runId);

        await home.import(day('next', 250, 600), { append: true });
        const kept = { heldoutFrom: good.runId };
        const worse = await train('mult-vae', { ...untrained, ...kept });
        expect(worse.activation.reason).toMatch(
          `${good.runId} stays active: ${worse.runId} is worse.`,
        );
        expect(worse.activation.comparison!.base!.run).toBe(good.runId);
        // A run of popularity is compared with the active one alone.
        const popular = await train('popularity', kept);
        expect(popular.activation).toMatchObject({
          activated: false,
          comparison: { popularity: null },
        });
        expect(await active()).toBe(good.runId);

        const next = await train('ease', kept);
        expect(next.activation.activated).toBe(true);
        expect(next.activation.reason).toMatch(/better than popularity.* not worse than ease-/);
        const unused = await train('ease', { activate: 'never' });
        expect(unused.activation.activated).toBe(false);
        expect(await active()).toBe(next.runId);
        expect((await train('popularity', { activate: true })).activation.activated).toBe(true);
        await home.close();
      }, 240_000);

      it('refreshes: a good night goes live, a bad one does not, and a repeated one does nothing', async () => {
        const place = server.newPlace(join(folder, `${kind.name}-${++homes}`));
        const home = new Home(place);
        const active = async () =>
          (await home.runs()).runs.find(({ active }) => active)?.id ?? null;
        const monday = day('a', 1, 300);
        const first = await home.refresh([monday], { model: 'ease' });
        expect(first).toMatchObject({ outcome: 'activated', rows: 2400, users: 300, items: 30 });
        expect(first).toMatchObject({ base: null, run: await active(), pruned: 0 });

        // The same file again, also under another name and beside a new one: no row counts twice.
        const again = await home.refresh([monday]);
        expect(again).toMatchObject({
          outcome: 'nothing new',
          rows: 0,
          base: first.run,
          run: null,
        });
        const second = await home.refresh([monday, day('b', 301, 400)]);
        expect(second).toMatchObject({ outcome: 'activated', rows: 800, base: first.run });
        expect(second.comparison!.base!.run).toBe(first.run);
        const users = await usersOf(place, second.run!);
        expect(users.protocol.kept).toEqual({ run: first.run, share: 0.1 });

        const bad = await home.refresh([day('c', 401, 500)], { model: 'mult-vae', ...untrained });
        expect(bad).toMatchObject({ outcome: 'kept', base: second.run });
        expect(bad.reason).toMatch(`${second.run} stays active: ${bad.run} is worse.`);
        expect(await active()).toBe(second.run);
        // The page says from it which run is better.
        const keptOf = (a: string, b: string) =>
          withStore(place, async ({ documents }) => (await KeptPairs.read(documents)).of(a, b));
        const { base, popularity } = bad.comparison!;
        const judged = { first: bad.run, split: 'test' };
        expect(await keptOf(second.run!, bad.run!)).toMatchObject({
          ...judged,
          second: second.run,
          result: base!.result,
        });
        expect(await keptOf(bad.run!, 'popularity')).toMatchObject({
          ...judged,
          result: popularity,
        });
        // With another setting the same rows are worth a training, with the same one they are not.
        const same = await home.refresh([], { model: 'mult-vae', ...untrained });
        expect(same).toMatchObject({ outcome: 'nothing new', rows: 0, run: null });
        expect(same.reason).toBe(`nothing is new since ${bad.run} was trained`);
        const mended = await home.refresh([]);
        expect(mended).toMatchObject({ outcome: 'activated', rows: 0, base: second.run });

        const broken = join(folder, `${kind.name}.csv`);
        writeFileSync(broken, 'userId,itemId\n1\n');
        await expect(home.refresh([broken])).rejects.toThrow(DataError);
        const diverged = { parameters: { learningRate: 1, epochs: 3, hiddenDims: [4] } };
        const failing = home.refresh([day('d', 501, 520)], {
          model: 'mult-vae',
          ...diverged,
          backend: 'cpu',
          onEpoch: () => {
            throw new DivergenceError('the loss is not a number');
          },
        });
        await expect(failing).rejects.toThrow(DivergenceError);
        expect((await home.runs()).pending).toEqual([]);

        // The night after goes on from the last good one, with the rows of the failed one.
        const third = await home.refresh([], { keep: 2 });
        expect(third).toMatchObject({ outcome: 'activated', rows: 0, base: mended.run });
        expect(third.pruned).toBe(3);
        const kept = (await home.runs()).runs;
        expect(kept.map(({ id, active }) => [id, active])).toEqual([
          [third.run, true],
          [mended.run, false],
        ]);

        const nights = await home.nights();
        expect(nights.map(({ outcome }) => outcome)).toEqual([
          'activated',
          'failed',
          'failed',
          'activated',
          'nothing new',
          'kept',
          'activated',
          'nothing new',
          'activated',
        ]);
        expect(nights[0]).toEqual(third);
        expect(nights[1]!.reason).toBe('the loss is not a number');
        expect(nights.every(({ startedAt, endedAt }) => startedAt <= endedAt)).toBe(true);

        // Other data that replace these do not have the file that was appended to them.
        await home.import(day('other', 541, 700), { replace: true });
        const anew = await home.refresh([monday], { model: 'popularity' });
        expect(anew).toMatchObject({ rows: 2400, users: 460 });

        // What cannot be trained is refused before anything is appended.
        const wrong = home.refresh([day('e', 521, 540)], {
          model: 'ease',
          parameters: { lambda: -1 },
        });
        await expect(wrong).rejects.toThrow(ConfigError);
        expect((await home.refresh([])).users).toBe(460);
        await home.close();
      }, 240_000);

      it('refreshes a home once at a time, on all machines that share it', async () => {
        const { home, place } = await newHome();
        await home.import(day('start', 1, 150));
        const refused = async (other: Home) => {
          const refresh = other.refresh([], { model: 'popularity' });
          await expect(refresh).rejects.toThrow(BusyError);
          await expect(refresh).rejects.toThrow(/refreshes this home; wait until it ends/);
        };
        const machine = new Home({ ...place, folder: join(folder, `machine-${kind.name}`) });
        await aloneWith(place, async () => {
          await refused(home);
          if (place.store !== null) await refused(machine);
        });
        if (place.store !== null) {
          const hold = (lease: object) =>
            withStore(place, ({ documents }) =>
              documents.write('refresh-locks', 'refresh', {
                host: 'another-machine',
                pid: 1,
                since: '2026-11-28T03:00:00.000Z',
                until: Date.now() + 240_000,
                token: 'x',
                ...lease,
              }),
            );
          await hold({});
          await refused(home);
          // Neither a machine that has died nor a process that was killed keeps the lock.
          await hold({ until: Date.now() - 1 });
          await aloneWith(place, async () => undefined);
          await hold({ host: hostname(), pid: spawnSync('true').pid });
          await aloneWith(place, async () => undefined);
          await hold({ host: hostname(), pid: process.pid });
        }
        const night = await home.refresh([], { model: 'popularity' });
        expect(night).toMatchObject({ outcome: 'activated', rows: 0, users: 150 });
        // What people write on a run is shared too, and goes with it.
        const other = place.store === null ? home : machine;
        const labelled = async () =>
          (await home.runs()).runs.map(({ id, name, note }) => [id, name, note]);
        await other.label(night.run!, { name: 'Spring', note: 'after the sale' });
        await home.label(night.run!, { note: null });
        expect(await labelled()).toEqual([[night.run, 'Spring', null]]);
        await other.train({ model: 'ease' });
        await other.remove(night.run!);
        expect((await labelled()).map(([, name]) => name)).toEqual([null]);
        await expect(home.label(night.run!, { name: 'x' })).rejects.toThrow(UnknownRunError);
        await Promise.all([home.close(), machine.close()]);
      }, 240_000);
    },
  );
}
