/** The file of the bad rows reaches the disk before the import counts as done. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { DataError } from '../errors.js';
import { Refusals } from './refused-rows.js';

/** Syncs and renames, by the names of the files and folders. */
const disk = vi.hoisted(() => ({ calls: [] as string[], names: new Map<number, string>() }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const name = (path: unknown) => String(path).split('/').at(-1)!;
  const watched = {
    openSync: (path: string, flags: string, mode?: number) => {
      const file = real.openSync(path, flags, mode);
      disk.names.set(file, name(path));
      return file;
    },
    fsyncSync: (file: number) => {
      disk.calls.push(`sync ${disk.names.get(file)}`);
      real.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      disk.calls.push(`rename ${name(from)} ${name(to)}`);
      real.renameSync(from, to);
    },
  };
  return { ...real, ...watched, default: real };
});

let home: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'home-'));
  home = folder;
  disk.calls = [];
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const row = (line: number) => ({ line, column: 'rating', value: '9', rule: 'too high', row: 'a' });
const pending = 'refused-rows.jsonl.importing';

it('is synced, then renamed, then its folder is synced', () => {
  const refusals = new Refusals(home, { skip: true });
  refusals.add('x.csv', [row(3), row(5)]);
  expect(refusals.count).toBe(2);
  refusals.finish();
  expect(disk.calls).toEqual([`sync ${pending}`]);
  const path = refusals.publish();
  expect(path).toBe(join(home, 'refused-rows.jsonl'));
  const folder = home.split('/').at(-1);
  expect(disk.calls.slice(1)).toEqual([`rename ${pending} refused-rows.jsonl`, `sync ${folder}`]);
  const lines = readFileSync(path!, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [3, 5].map((line) => ({ file: 'x.csv', ...row(line) })),
  );
  // Published files stay.
  refusals.discard();
  expect(existsSync(path!)).toBe(true);
});

it('is not made without a bad row, and taken away with what a killed import left', () => {
  const refusals = new Refusals(home, { skip: true });
  refusals.finish();
  expect(refusals.publish()).toBeNull();
  expect(disk.calls).toEqual([]);
  writeFileSync(join(home, pending), 'left');
  refusals.discard();
  expect(existsSync(join(home, pending))).toBe(false);
});

it('is not made where bad rows stop the import', () => {
  const refusals = new Refusals(home, { skip: false });
  expect(() => refusals.add('x.csv', [row(3)])).toThrow(DataError);
  refusals.add('x.csv', []);
  refusals.add('x.csv', [row(4)], { skip: true });
  expect(refusals.count).toBe(1);
  expect(refusals.noGoodRow('x.csv').message).toMatch(/line 4.*too high\. No other row/);
  expect(new Refusals(home, { skip: true }).noGoodRow('y.csv').message).toMatch(/holds no rating/);
  refusals.discard();
  expect(existsSync(join(home, pending))).toBe(false);
});

it('names the file that holds nothing, or no good row', () => {
  const empty = new Refusals(home, { skip: true });
  expect(empty.noGoodRow('x.csv').message).toBe(
    'x.csv: holds no rating. Give a file with rows after its header',
  );
  expect(empty.noGoodRow('x.csv', 'item').place).toEqual({ file: 'x.csv' });
  expect(empty.noGoodRow('x.csv', 'item').rule).toBe('holds no item');
  empty.add('y.csv', [row(3), { ...row(4), remedy: 'Mend it' }]);
  expect(empty.noGoodRow('x.csv').message).toBe(
    'y.csv, line 3, column rating, value "9": too high. No other row of the file is usable either. Correct the row, or leave it out with --skip-bad-rows',
  );
  const stopping = new Refusals(home, { skip: false });
  const plain = { line: 7, rule: 'the row is none', remedy: 'Mend it', row: 'a' };
  expect(() => stopping.add('z.csv', [plain])).toThrow(
    /^z\.csv, line 7: the row is none\. Mend it$/,
  );
  stopping.add('z.csv', [plain], { skip: true });
  expect(stopping.count).toBe(1);
  stopping.discard();
  empty.discard();
});
