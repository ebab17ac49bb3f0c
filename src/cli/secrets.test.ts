/** Passwords of addresses, in messages and in the list of processes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withoutPasswords } from './secrets.js';

it.each([
  ['postgres://me:secret@db:5432/x?schema=a', 'postgres://me:***@db:5432/x?schema=a'],
  ['--store=postgresql://me:se/cr@et@db', '--store=postgresql://me:***@db'],
  ['unknown option rediss://:secret@h:1/2 here', 'unknown option rediss://:***@h:1/2 here'],
  ['redis://h:6379 is fine', 'redis://h:6379 is fine'],
  ['http://a:b@c', 'http://a:b@c'],
])('%s', (text, shown) => {
  expect(withoutPasswords(text)).toBe(shown);
});

it.skipIf(!existsSync('/proc/self/cmdline'))(
  'are not in the arguments that other processes see (where /proc shows them)',
  async () => {
    const module = fileURLToPath(new URL('secrets.ts', import.meta.url));
    const script = `
      const { hidePasswords } = await import(${JSON.stringify(module)});
      hidePasswords(process.argv);
      console.log('hidden');
      process.stdin.resume();`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', script, '--', '--redis'];
    const child = spawn(process.execPath, [...words, 'redis://:topsecret@h:6379'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'latin1');
    child.stdin.end();
    await once(child, 'exit');
    expect(shown).toContain('redis://:***@h:6379');
    expect(shown).not.toContain('topsecret');
  },
);
