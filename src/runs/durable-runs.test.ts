/** The order in which publishing and removing reach the disk. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../config/parse.js';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId } from '../data/ids.js';
import { RunStore } from './store.js';

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
    rmSync: (path: string, options: object) => {
      if (real.existsSync(path)) disk.calls.push(`remove ${name(path)}`);
      real.rmSync(path, options);
    },
  };
  return { ...real, ...watched, default: real };
});

it('a run is published when its files, its folder and the folder of all runs are on disk, and removed likewise', () => {
  const home = mkdtempSync(join(tmpdir(), 'multvae-durable-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const store = new RunStore(home);
  const id = store.newRunId('popularity');
  const nobody = {
    users: [],
    foldIn: ClickMatrix.fromRows(1, []),
    heldOut: ClickMatrix.fromRows(1, []),
  };
  store.publish(id, {
    config: parseConfig('popularity', {}),
    protocol: { ...paperProtocol, heldoutUsers: 1 },
    weights: {},
    vocabulary: { items: ['a' as ItemId], trainClicks: Int32Array.of(1) },
    split: { validation: nobody, test: nobody },
    metrics: {},
    log: [],
    lineage: {
      dataHash: 'ab',
      dataName: 'data',
      packageVersion: '0.1.0',
      nodeVersion: 'v20',
      backend: 'none',
      seed: null,
      durationS: 0,
      createdAt: '2026-11-23T22:18:00.000Z',
      command: [],
    },
  });
  const pending = `.pending-${id}`;
  const renamed = disk.calls.indexOf(`rename ${pending} ${id}`);
  const before = disk.calls.slice(0, renamed);
  expect(before.at(-1)).toBe(`sync ${pending}`);
  for (const file of ['run.json', 'weights.safetensors', 'vocabulary.jsonl', 'split.jsonl']) {
    expect(before).toContain(`sync ${file}`);
  }
  expect(disk.calls[renamed + 1]).toBe('sync runs');

  disk.calls.length = 0;
  store.remove(id);
  const removed = disk.calls.indexOf(`remove ${basename(pending)}`);
  expect(removed).toBeGreaterThan(disk.calls.indexOf(`rename ${id} ${pending}`));
  expect(disk.calls[removed + 1]).toBe('sync runs');
});
