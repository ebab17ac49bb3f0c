/** The limits of processes and threads, as Node reports them. */

import { expect, it } from 'vitest';
import { UnavailableError } from '../errors.js';
import { startingError } from './starting.js';

const spawned = (code: string) =>
  Object.assign(new Error(`spawn node ${code}`), { code, syscall: 'spawn node' });
/** Node 20 and later, thrown by `new Worker` or emitted by it. */
const thread = (message: string) =>
  Object.assign(new Error(message), { code: 'ERR_WORKER_INIT_FAILED' });

it.each([
  [spawned('EAGAIN'), /^it cannot be started: .*as many processes.*`ulimit -u`/],
  [spawned('EMFILE'), /^it cannot be started: too many files are open; .*`ulimit -n`/],
  [spawned('ENFILE'), /on this machine; .*`sysctl fs.file-max`/],
  [spawned('ENOMEM'), /not enough memory; free some/],
  [thread('EAGAIN'), /as many processes and threads/],
  [thread('Worker initialization failure: EMFILE'), /too many files are open/],
])('says which limit %s means, and how to raise it', (error, why) => {
  const told = startingError('it', error);
  expect(told).toBeInstanceOf(UnavailableError);
  expect((told as Error).message).toMatch(why);
  expect(told).toMatchObject({ exitCode: 3, cause: error });
});

it('gives back an error of what was started', () => {
  const ended = new Error('the inference thread ended with 1');
  const file = Object.assign(new Error('EAGAIN: read'), { code: 'EAGAIN', syscall: 'read' });
  for (const error of [ended, file, thread('out of ideas')]) {
    expect(startingError('it', error)).toBe(error);
  }
});
