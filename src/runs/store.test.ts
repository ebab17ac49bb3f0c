/** The run store: publishing, damage, ids and the active run. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../config/parse.js';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId, UserId } from '../data/ids.js';
import { RunError, UnknownRunError } from '../errors.js';
import { ProcessLock } from '../storage/sqlite/process-lock.js';
import { encodeChecksums, sha256 } from './checked-files.js';
import type { RunContents } from './format.js';
import { newestFirst } from './run-id.js';
import { RunStore } from './store.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let home: string;
let store: RunStore;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-runs-'));
  store = new RunStore(home);
});
afterEach(() => rmSync(home, { recursive: true }));

function contents(itemIds: readonly string[] = ['10', '007', '7', 'a,"b\n']): RunContents {
  const items = itemIds.map((id) => id as ItemId);
  const rows = (...lists: number[][]) => ClickMatrix.fromRows(items.length, lists);
  const last = items.length - 1;
  return {
    config: parseConfig('mult-vae', { latentDim: 3 }),
    protocol: { ...paperProtocol, heldoutUsers: 1 },
    weights: { kernel: { shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-45) } },
    vocabulary: { items, trainClicks: Int32Array.from(items, (_, index) => index * 2) },
    split: {
      validation: { users: ['1' as UserId], foldIn: rows([last, 0]), heldOut: rows([]) },
      test: {
        users: ['3' as UserId, '\ud800"' as UserId],
        foldIn: rows([0], []),
        heldOut: rows([last], [0]),
      },
    },
    metrics: { 'ndcg@100': 0.25 },
    log: [
      {
        epoch: 1,
        updates: 7,
        loss: 3,
        nll: 2,
        kl: 1,
        beta: 0.1,
        ndcg100: 0.25,
        usersPerS: Number.POSITIVE_INFINITY,
        elapsedS: 2,
      },
    ],
    lineage: {
      dataHash: 'ab',
      dataName: 'ml-1m',
      packageVersion: '0.1.0',
      nodeVersion: 'v20',
      backend: 'cpu 4.22.0',
      seed: 1,
      durationS: 2,
      createdAt: '2026-11-23T22:18:00.000Z',
      command: ['train', '--seed', '1'],
    },
  };
}

function published(): string {
  const id = store.newRunId('mult-vae');
  store.publish(id, contents());
  return id;
}

const pathOf = (id: string, file = '') => join(home, 'runs', id, file);

/** Changes a file of a run and its checksum, as another version would have written them. */
function forge(id: string, file: string, change: (text: string) => string): void {
  writeFileSync(pathOf(id, file), change(readFileSync(pathOf(id, file), 'utf8')));
  writeFileSync(pathOf(id, 'SHA256SUMS'), sumsOf(id));
}

/** The checksums of a run's files as they are now. */
function sumsOf(id: string): string {
  const files = readdirSync(pathOf(id)).filter((name) => name !== 'SHA256SUMS');
  return encodeChecksums(
    new Map(files.map((name) => [name, sha256(readFileSync(pathOf(id, name)))])),
  );
}

describe('a published run', () => {
  it('comes back as it was', () => {
    const id = published();
    const before = contents();
    const log = [{ ...before.log[0], usersPerS: Number.NaN }];
    expect(store.load(id)).toEqual({ ...before, id, log });
    expect(store.list()).toEqual([
      {
        id,
        active: false,
        problem: null,
        model: 'mult-vae',
        dataName: 'ml-1m',
        dataHash: 'ab',
        protocolName: 'users',
        createdAt: '2026-11-23T22:18:00.000Z',
        metrics: { 'ndcg@100': 0.25 },
      },
    ]);
  });

  it('gives each tensor its own memory', () => {
    const id = store.newRunId('mult-vae');
    // More bytes than one read takes.
    const large = Float32Array.from({ length: 200_000 }, (_, k) => k / 7);
    const small = Int32Array.of(-1, 5);
    store.publish(id, {
      ...contents(),
      weights: {
        large: { shape: [2, 100_000], data: large },
        empty: { shape: [0], data: new Float32Array(0) },
        small: { shape: [2], data: small },
      },
    });
    const { weights } = store.load(id);
    expect(Object.keys(weights).sort()).toEqual(['empty', 'large', 'small']);
    expect(weights.large!.data).toEqual(large);
    expect(weights.small!.data).toEqual(small);
    for (const { data } of Object.values(weights)) {
      expect(data.buffer.byteLength).toBe(data.byteLength);
    }
  });

  it('preserves any item id', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 }),
        (ids) => {
          const id = store.newRunId('mult-vae');
          store.publish(id, contents(ids));
          const { vocabulary, split } = store.load(id);
          expect(vocabulary).toEqual(contents(ids).vocabulary);
          expect(split).toEqual(contents(ids).split);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('has checksums that sha256sum understands', () => {
    const id = published();
    const said = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: pathOf(id) }).toString();
    expect(said.trim().split('\n')).toEqual(
      expect.arrayContaining(['run.json: OK', 'weights.safetensors: OK']),
    );
    expect(said.trim().split('\n')).toHaveLength(readdirSync(pathOf(id)).length - 1);
  });

  it('leaves no pending folder and no checkpoint behind, and is never overwritten', () => {
    const id = store.newRunId('mult-vae');
    writeFileSync(join(store.pendingDir(id), 'checkpoint.safetensors'), 'state');
    expect(store.pending()).toEqual([id]);
    store.publish(id, contents());
    expect(store.pending()).toEqual([]);
    expect(readdirSync(pathOf(id))).not.toContain('checkpoint.safetensors');
    expect(() => store.publish(id, contents())).toThrow(/exists already/);
    expect(store.pending()).toEqual([]);
  });
});

describe('a damaged run', () => {
  const files = [
    'run.json',
    'weights.safetensors',
    'vocabulary.jsonl',
    'split.jsonl',
    'log.jsonl',
    'SHA256SUMS',
  ];

  it.each(files)('is refused when a byte of %s differs', (file) => {
    const id = published();
    const good = readFileSync(pathOf(id, file));
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 40)) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      writeFileSync(pathOf(id, file), bad);
      expect(() => store.load(id)).toThrow(RunError);
      expect(() => store.load(id)).toThrow(file === 'SHA256SUMS' ? /SHA256SUMS/ : file);
    }
  });

  it.each(files)('is refused when %s is cut off, longer or missing', (file) => {
    const id = published();
    const path = pathOf(id, file);
    const good = readFileSync(path);
    truncateSync(path, good.length - 1);
    expect(() => store.load(id)).toThrow(file);
    truncateSync(path, 0);
    expect(() => store.load(id)).toThrow(file);
    writeFileSync(path, good);
    appendFileSync(path, '\n');
    expect(() => store.load(id)).toThrow(file);
    rmSync(path);
    expect(() => store.load(id)).toThrow(`${file} is missing`);
  });

  it('is refused for damaged weights, even where they decode', () => {
    const id = published();
    const path = pathOf(id, 'weights.safetensors');
    const good = readFileSync(path);
    for (const at of [0, 7, 8, 20, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 0x40;
      writeFileSync(path, bad);
      expect(() => store.load(id)).toThrow(/weights\.safetensors is damaged, or SHA256SUMS is/);
      // With a correct checksum, the header makes no sense, or a value differs.
      writeFileSync(pathOf(id, 'SHA256SUMS'), sumsOf(id));
      if (at < good.length - 1)
        expect(() => store.load(id)).toThrow(/is not a valid safetensors file/);
      else expect(store.load(id).weights.kernel!.data[3]).not.toBe(1e-45);
      writeFileSync(path, good);
      writeFileSync(pathOf(id, 'SHA256SUMS'), sumsOf(id));
    }
    expect(store.load(id).id).toBe(id);
  });

  it('is listed with what is wrong', () => {
    const id = published();
    writeFileSync(pathOf(id, 'run.json'), '{}');
    expect(store.list()[0]).toMatchObject({ id, model: null, problem: /run\.json is damaged/ });
  });

  it('does not become the active one', () => {
    const good = published();
    store.activate(good);
    const bad = published();
    writeFileSync(pathOf(bad, 'log.jsonl'), '');
    expect(() => store.activate(bad)).toThrow(/log\.jsonl is damaged/);
    expect(store.active()).toBe(good);
  });
});

describe('a foreign run', () => {
  it.each<[string, string, (text: string) => string, RegExp]>([
    [
      'a newer format',
      'run.json',
      (t) => t.replace('"version": 1', '"version": 2'),
      /newer multvae .* format 2/,
    ],
    [
      'another program',
      'run.json',
      (t) => t.replace('multvae-run', 'other'),
      /not describe a run of/,
    ],
    ['an unknown parameter', 'run.json', (t) => t.replace('latentDim', 'latentDin'), /latentDin/],
    ['an unknown field', 'run.json', (t) => t.replace('dataHash', 'hash'), /field lineage/],
    ['an item twice', 'vocabulary.jsonl', (t) => t.replace('"007"', '"7"'), /item twice/],
    ['an item outside', 'split.jsonl', (t) => t.replace('"10"', '"11"'), /line 1|item "11"/],
    ['an open line', 'log.jsonl', (t) => t.trimEnd(), /cut off/],
    ['broken JSON', 'log.jsonl', (t) => `${t}{\n`, /line 2: this is not JSON/],
  ])('is refused: %s', (_, file, change, message) => {
    const id = published();
    forge(id, file, change);
    expect(() => store.load(id)).toThrow(RunError);
    expect(() => store.load(id)).toThrow(message);
    expect(() => store.load(id)).toThrow(file);
  });

  it('may not have another folder name', () => {
    const id = published();
    renameSync(pathOf(id), pathOf('other-name'));
    expect(() => store.load('other-name')).toThrow(`describes run ${id}`);
  });
});

describe('run ids', () => {
  it.each([
    '',
    '.',
    '..',
    '../x-y',
    'a/b-c',
    'a-b/../c-d',
    '.pending-a-b',
    'A-b',
    'a-b\n',
    'active',
    `${'x'.repeat(99)}-y`,
  ])('refuses %j', (id) => {
    for (const use of ['load', 'activate', 'pendingDir', 'claim', 'trainer', 'remove'] as const) {
      expect(() => store[use](id)).toThrow(/is not a run id/);
    }
    expect(() => store.publish(id, contents())).toThrow(/is not a run id/);
    expect(existsSync(join(home, 'runs'))).toBe(false);
  });

  it('are sortable, unique and plain', () => {
    const now = new Date('2026-11-23T22:18:00Z');
    const first = store.newRunId('mult-vae', now);
    expect(first).toMatch(/^mult-vae-20261123-221800-000[0-9a-f]{2}$/);
    const ids = [first];
    for (let k = 0; k < 50; k++) {
      store.pendingDir(ids.at(-1)!);
      ids.push(store.newRunId('mult-vae', now));
    }
    expect(new Set(ids).size).toBe(51);
  });

  it('are in the order of making within a second, whatever the model; those of 0.1 keep their place', () => {
    const at = (ms: number) => new Date(Date.parse('2026-11-23T22:18:00Z') + ms);
    const made = [
      ...[0, 1, 2, 17, 255, 256, 999].map((ms, k) =>
        store.newRunId(k % 2 === 0 ? 'mult-vae' : 'ease', at(ms)),
      ),
      store.newRunId('ease', at(1000)),
    ].reverse();
    expect(made.toSorted(newestFirst)).toEqual(made);
    expect(made.toReversed().sort(newestFirst)).toEqual(made);
    const old = ['ease-20261123-221801-0000', 'mult-vae-20261123-221759-ffff'];
    const all = [made[0]!, old[0]!, ...made.slice(1), old[1]!];
    expect(all.toReversed().sort(newestFirst)).toEqual(all);
  });

  it('are listed newest first, whatever the model', () => {
    const times = ['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-01T00:00:00Z'];
    const ids = times.map((time, k) =>
      store.newRunId(k === 1 ? 'mult-vae' : 'popularity', new Date(time)),
    );
    for (const id of ids) store.pendingDir(id);
    expect(store.pending()).toEqual([ids[1], ids[0], ids[2]]);
    for (const id of ids) store.publish(id, contents());
    expect(store.list().map(({ id }) => id)).toEqual([ids[1], ids[0], ids[2]]);
    store.pendingDir('left-over');
    store.remove('left-over');
    expect(store.pending()).toEqual([]);
  });
});

describe('the list of runs', () => {
  it.each(['weights.safetensors', 'vocabulary.jsonl', 'split.jsonl', 'log.jsonl', 'run.json'])(
    'says that %s is cut off or missing, as soon as it is, and that it is whole again',
    (file) => {
      const id = published();
      const path = pathOf(id, file);
      const good = readFileSync(path);
      const problem = () => store.list()[0]!.problem;
      expect(problem()).toBeNull();
      truncateSync(path, good.length - 1);
      expect(problem()).toContain(file);
      expect(store.list()[0]).toMatchObject({ id, model: null, metrics: null });
      rmSync(path);
      expect(problem()).toContain(`${file} is missing`);
      writeFileSync(path, good);
      expect(problem()).toBeNull();
    },
  );

  it('reads a run again only when its files have changed', () => {
    const id = published();
    const [first] = store.list();
    expect(store.list()[0]!.metrics).toBe(first!.metrics);
    const stamp = store.stamp(id);
    utimesSync(pathOf(id, 'weights.safetensors'), 1, 1);
    expect(store.stamp(id)).not.toBe(stamp);
    expect(store.list()[0]!.metrics).not.toBe(first!.metrics);
    store.remove(id);
    expect(store.list()).toEqual([]);
    expect(() => store.stamp(id)).toThrow(/there is no run/);
  });
});

describe('a run in training', () => {
  it('belongs to its trainer, also against another part of the same process, until it is given back', () => {
    const { id, folder, release } = store.begin('mult-vae');
    expect(readdirSync(folder)).toEqual([]);
    const other = new RunStore(home);
    expect(other.trainer(id)).toMatchObject({ pid: process.pid, host: hostname() });
    for (const use of ['claim', 'remove'] as const) {
      expect(() => other[use](id)).toThrow(/is being trained by this process, since 20/);
    }
    expect(existsSync(folder)).toBe(true);
    release();
    expect(store.trainer(id)).toBeNull();
    const again = other.claim(id);
    expect(store.trainer(id)).not.toBeNull();
    store.publish(id, contents());
    again.release();
    expect(readdirSync(pathOf(id))).not.toContain('lock');
    expect(readdirSync(join(home, 'locks'))).toEqual(['runs']);
  });

  it('is not claimed when it does not exist, or is published meanwhile', () => {
    expect(() => store.claim('mult-vae-gone')).toThrow(/no training that was stopped. None is/);
    const { id, release } = store.begin('mult-vae');
    release();
    store.publish(id, contents());
    expect(() => store.claim(id)).toThrow(/no training that was stopped/);
    expect(store.pending()).toEqual([]);
  });

  it('belongs to another process until that process is killed, whatever numbers processes have', async () => {
    const { id, folder, release } = store.begin('mult-vae');
    release();
    const script = `const { RunStore } = await import('./src/runs/store.ts');
new RunStore(process.argv[1]).claim(process.argv[2]); globalThis.gc(); process.send('claimed'); setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script, '--', home, id],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child, 'message');
    // As in two containers on one volume: the other process has the same number, on a host of another name.
    const description = join(home, 'locks', `${id}.json`);
    const told = JSON.parse(readFileSync(description, 'utf8'));
    expect(told).toMatchObject({ pid: child.pid, host: hostname() });
    writeFileSync(description, JSON.stringify({ ...told, pid: process.pid, host: 'web-2' }));
    expect(store.trainer(id)).toMatchObject({ pid: process.pid, host: 'web-2' });
    for (const use of ['claim', 'remove'] as const) {
      expect(() => store[use](id)).toThrow(
        new RegExp(`is being trained by process ${process.pid} .* web-2, since`),
      );
    }
    writeFileSync(description, 'half a descri');
    expect(() => store.remove(id)).toThrow(/is being trained by another process/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(store.trainer(id)).toBeNull();
    store.remove(id);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(join(home, 'locks'))).toEqual(['runs']);
  });

  it('of version 0.1 belongs to the process that the file names, while that lives', () => {
    const id = 'mult-vae-old';
    const file = join(store.pendingDir(id), 'process');
    writeFileSync(file, `${process.ppid}\n`);
    expect(store.trainer(id)?.pid).toBe(process.ppid);
    for (const use of ['claim', 'remove'] as const) {
      expect(() => store[use](id)).toThrow(
        new RegExp(`trained by process ${process.ppid}.*or delete .*process if`),
      );
    }
    // A process of another user cannot be signalled, but it lives.
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('no permission'), { code: 'EPERM' });
    });
    expect(store.trainer(id)?.pid).toBe(process.ppid);
    kill.mockRestore();
    for (const text of [spawnSync(process.execPath, ['--version']).pid, 'text', -1, '']) {
      writeFileSync(file, `${text}\n`);
      expect(store.trainer(id)).toBeNull();
    }
    store.claim(id).release();
    expect(existsSync(file)).toBe(false);
  });

  it.skipIf(!existsSync('/proc/stat'))(
    'of version 0.1 is free when a newer process has the number (where /proc says when it began)',
    () => {
      const id = 'mult-vae-old';
      const file = join(store.pendingDir(id), 'process');
      writeFileSync(file, `${process.ppid}\n`);
      const before = new Date('2026-01-01T00:00:00Z');
      utimesSync(file, before, before);
      expect(store.trainer(id)).toBeNull();
    },
  );
});

describe('the active run', () => {
  it('does not exist at first', () => {
    expect(store.active()).toBeNull();
    expect(store.list()).toEqual([]);
    expect(store.pending()).toEqual([]);
    expect(() => store.rollback()).toThrow(/no run was active before/);
    expect(() => store.activate('no-such')).toThrow(/there is no run no-such/);
  });

  it('goes forward and back', () => {
    const a = published();
    const b = published();
    store.activate(a);
    store.activate(b);
    store.activate(b);
    expect(new RunStore(home).active()).toBe(b);
    expect(store.list().map(({ id, active }) => active === (id === b))).toEqual([true, true]);
    expect(store.rollback()).toBe(a);
    expect(store.active()).toBe(a);
    expect(() => store.rollback()).toThrow(RunError);
    expect(store.active()).toBe(a);
  });

  it('cannot be removed; a removed run is skipped by rollback', () => {
    const a = published();
    const b = published();
    const c = published();
    for (const id of [a, b, c]) store.activate(id);
    expect(() => store.remove(c)).toThrow(/is the active one/);
    store.remove(b);
    expect(() => store.remove(b)).toThrow(/there is no run/);
    expect(existsSync(pathOf(b))).toBe(false);
    expect(store.list().map(({ id }) => id)).toEqual([c, a].sort(newestFirst));
    expect(store.rollback()).toBe(a);
    store.remove(c);
    expect(readdirSync(join(home, 'runs')).sort()).toEqual(['active', a].sort());
  });

  it('is checked against the disk before it is chosen', async () => {
    const a = published();
    const b = published();
    store.activate(a);
    await store.check(b);
    const weights = readFileSync(pathOf(b, 'weights.safetensors'));
    const flipped = Buffer.from(weights);
    flipped[flipped.length - 1]! ^= 1;
    writeFileSync(pathOf(b, 'weights.safetensors'), flipped);
    await expect(store.check(b)).rejects.toThrow(/weights\.safetensors is damaged/);
    rmSync(pathOf(b, 'weights.safetensors'));
    await expect(store.check(b)).rejects.toThrow(/weights\.safetensors is missing/);
    store.remove(b);
    await expect(store.check(b)).rejects.toThrow(UnknownRunError);
    // Removed after the caller has checked it.
    expect(() => store.activate(b, { isChecked: true })).toThrow(UnknownRunError);
    expect(store.active()).toBe(a);
  });

  it('is decided under one lock, with everything that would take its folder away', () => {
    const a = published();
    const b = published();
    const c = published();
    for (const id of [a, b]) store.activate(id);
    const { id: begun, release } = store.begin('mult-vae');
    release();
    const taken = vi.spyOn(ProcessLock, 'take').mockReturnValue(null);
    const changes = [
      () => store.activate(c),
      () => store.activate(c, { isChecked: true }),
      () => store.rollback(),
      () => store.remove(c),
      () => store.remove(begun),
      () => store.begin('mult-vae'),
      () => store.claim(begun),
      () => store.publish(begun, contents()),
    ];
    for (const change of changes) expect(change).toThrow(/another process has been changing/);
    taken.mockRestore();
    expect(store.active()).toBe(b);
    expect(store.list()).toHaveLength(3);
    expect(store.pending()).toEqual([begun]);
  });

  it('is not removed when another process activates the run at the last moment, nor activated when it is removed', () => {
    const a = published();
    const b = published();
    const c = published();
    store.activate(a);
    const take = ProcessLock.take.bind(ProcessLock);
    /** Lets another process act before this one gets the lock. */
    const afterwards = (act: () => void) =>
      vi.spyOn(ProcessLock, 'take').mockImplementationOnce((...args) => {
        act();
        return take(...args);
      });
    const other = new RunStore(home);
    afterwards(() => other.activate(b));
    expect(() => store.remove(b)).toThrow(/is the active one/);
    afterwards(() => other.remove(c));
    expect(() => store.activate(c)).toThrow(UnknownRunError);
    afterwards(() => other.rollback());
    expect(() => store.rollback()).toThrow(RunError);
    expect(store.active()).toBe(a);
    vi.restoreAllMocks();
    expect(store.load(a).id).toBe(a);
  });

  it('stays when the previous run is damaged', () => {
    const a = published();
    const b = published();
    store.activate(a);
    store.activate(b);
    rmSync(pathOf(a, 'weights.safetensors'));
    expect(() => store.rollback()).toThrow(/weights\.safetensors is missing/);
    expect(store.active()).toBe(b);
  });

  it('is not read from a damaged file', () => {
    mkdirSync(join(home, 'runs'));
    writeFileSync(join(home, 'runs', 'active'), '../elsewhere\n');
    expect(() => store.active()).toThrow(/active is damaged/);
    // One line that is a run id does not make up for one that is none.
    writeFileSync(join(home, 'runs', 'active'), `${published()}\nhalf an i\n`);
    expect(() => store.active()).toThrow(/active is damaged/);
    expect(() => store.rollback()).toThrow(/active is damaged/);
  });
});
