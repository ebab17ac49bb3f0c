/** What is said of a run's file that cannot be read. */

import { expect, it } from 'vitest';
import { RunError } from '../errors.js';
import { unreadable } from './checked-files.js';

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: raw`), { code });
}

it.each([
  ['ENOENT', 'r/run.json is missing. Restore the run from a copy, or train again.'],
  [
    'EISDIR',
    'r/run.json cannot be read: EISDIR: raw. Restore the run from a copy, or train again.',
  ],
  [
    'EMFILE',
    'r/run.json cannot be read: too many files are open; raise the limit (`ulimit -n`) and try again',
  ],
  [
    'EIO',
    'r/run.json cannot be read: the disk reports an error; check the disk (`dmesg` names its errors)',
  ],
])('names a remedy that fits %s', (code, message) => {
  const error = unreadable('r/run.json', failure(code));
  expect(error).toBeInstanceOf(RunError);
  expect(error.message).toBe(message);
});
