/** Locks of a home: who holds them, and in which words. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessLock } from '../storage/sqlite/process-lock.js';
import { HomeLocks, holderText, unknownHolder } from './locks.js';

let home: string;
let locks: HomeLocks;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-locks-'));
  locks = new HomeLocks(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const files = () => readdirSync(join(home, 'locks')).sort();

describe('HomeLocks', () => {
  it('gives a name to one holder at a time, described, and leaves no file', () => {
    const claim = locks.alone(() => locks.claim('tuning.1'))!;
    expect(locks.alone(() => new HomeLocks(home).claim('tuning.1'))).toBeNull();
    const other = locks.alone(() => locks.claim('tuning.2'))!;
    expect(files()).toEqual(['runs', 'tuning.1', 'tuning.1.json', 'tuning.2', 'tuning.2.json']);
    const { since, bootId, ...holder } = locks.holder('tuning.1')!;
    expect(holder).toEqual({ pid: process.pid, host: hostname() });
    expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(60_000);
    const boot = '/proc/sys/kernel/random/boot_id';
    expect(bootId).toBe(existsSync(boot) ? readFileSync(boot, 'utf8').trim() : null);
    claim.release();
    expect(locks.holder('tuning.1')).toBeNull();
    expect(locks.holder('tuning.2')).not.toBeNull();
    other.release();
    expect(files()).toEqual(['runs']);
  });

  it('can be alone inside, and again after a failure', () => {
    expect(locks.alone(() => locks.alone(() => 'inside'))).toBe('inside');
    expect(() =>
      locks.alone(() => {
        throw new Error('failed');
      }),
    ).toThrow('failed');
    expect(locks.alone(() => 1)).toBe(1);
  });

  it('does not bring a deleted home back', () => {
    const claim = locks.alone(() => locks.claim('tuning.1'))!;
    rmSync(home, { recursive: true });
    claim.release();
    expect(existsSync(home)).toBe(false);
  });

  it('tells a lock that is held without a description', () => {
    locks.alone(() => undefined);
    const lock = ProcessLock.take(join(home, 'locks', 'tuning.1'))!;
    expect(locks.holder('tuning.1')).toEqual(unknownHolder);
    lock.release();
    expect(locks.holder('tuning.1')).toBeNull();
  });
});

describe('holderText', () => {
  it('says where a process runs, when it is not here', () => {
    locks.alone(() => undefined);
    const claim = locks.alone(() => locks.claim('tuning.1'))!;
    const own = locks.holder('tuning.1')!;
    claim.release();
    const since = '2026-11-27T16:40:00.000Z';
    const text = (changes: object) => holderText({ ...own, since, ...changes });
    expect(text({})).toBe(`this process, since ${since}`);
    expect(text({ pid: 99_999_999 })).toBe(`process 99999999, since ${since}`);
    expect(text({ host: 'web-2', bootId: 'another' })).toBe(
      `process ${process.pid} on the machine web-2, since ${since}`,
    );
    if (own.bootId !== null) {
      expect(text({ host: 'web-2' })).toBe(
        `process ${process.pid} in the container web-2, since ${since}`,
      );
    }
    expect(holderText({ ...unknownHolder, pid: 12, since })).toBe(`process 12, since ${since}`);
    expect(holderText(unknownHolder)).toBe('another process');
  });
});
