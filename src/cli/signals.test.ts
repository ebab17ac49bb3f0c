/** A signal ends a job politely, with the exit code of the signal. */

import { afterEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../errors.js';
import { untilSignal } from './signals.js';

const before = process.listeners('SIGINT');
afterEach(() => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    for (const listener of process.listeners(name)) {
      if (!before.includes(listener)) process.off(name, listener);
    }
  }
});

describe('untilSignal', () => {
  it('leaves no listener where no signal came', async () => {
    expect(await untilSignal(async () => 7)).toBe(7);
    expect(process.listeners('SIGINT')).toEqual(before);
  });

  it('still takes a repeat of the signal after the job has ended', async () => {
    const job = untilSignal(
      (signal) =>
        new Promise<string>((done) => signal.addEventListener('abort', () => done('done'))),
    );
    process.emit('SIGINT');
    expect(await job).toBe('done');
    expect(process.listeners('SIGINT')).toHaveLength(before.length + 1);
    process.emit('SIGINT');
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'throws Interrupted with the code of %s where the job gives up',
    async (name, exitCode) => {
      const job = untilSignal(
        (signal) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('x'))),
          ),
      );
      process.emit(name, name);
      await expect(job).rejects.toThrow(Interrupted);
      await expect(job).rejects.toMatchObject({ exitCode });
    },
  );
});
