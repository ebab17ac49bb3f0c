/** The log of a server, as a terminal shows it. */

import { expect, it } from 'vitest';
import { createLogger } from './request-log.js';

it('writes foreign text so that a terminal only shows it, and the line stays JSON', () => {
  let written = '';
  const logger = createLogger('info', {
    write: (line: string) => {
      written += line;
    },
  });
  const userId = '\x1b]0;owned\x07\x9b31m\u202e';
  logger.info({ userId }, 'answered');
  logger.info('again');
  const [first, second, rest] = written.split('\n');
  expect(JSON.parse(first!)).toMatchObject({ userId, msg: 'answered' });
  expect(JSON.parse(second!)).toMatchObject({ msg: 'again' });
  expect(rest).toBe('');
  expect(first).not.toMatch(/[\p{Cc}\u202e]/u);
});
