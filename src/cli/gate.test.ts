/** The gate that the flags of `serve` describe. */

import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { ArgumentError } from '../errors.js';
import { addGateOptions, gateOf } from './gate.js';

const flags = { host: '127.0.0.1', insecure: false, trustProxy: false };
const secret = 'k'.repeat(20);
const env = { MULTVAE_API_KEYS: `shop:read:${secret}` };

describe('gateOf', () => {
  it('lets everybody on this machine in without keys', () => {
    const open = {
      keys: null,
      isLoopback: true,
      trustProxy: false,
      requestsPerMinute: 0,
      redis: null,
    };
    expect(gateOf(flags, {})).toEqual(open);
    expect(gateOf(flags, { MULTVAE_API_KEYS: '' })).toEqual(open);
    expect(gateOf({ ...flags, rateLimit: 7 }, {}).requestsPerMinute).toBe(7);
  });

  it('wants keys on this machine too where there are some', () => {
    expect(gateOf(flags, env).keys?.find(secret)).toMatchObject({ name: 'shop' });
    expect(() => gateOf(flags, { MULTVAE_API_KEYS: 'shop:read' })).toThrow(ArgumentError);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'shop.example'])('wants keys on %s', (host) => {
    expect(() => gateOf({ ...flags, host }, {})).toThrow(/MULTVAE_API_KEYS.*--insecure/);
    const gate = gateOf({ ...flags, host }, env);
    expect(gate).toMatchObject({ isLoopback: false, requestsPerMinute: 6000 });
    expect(gate.keys).not.toBeNull();
    expect(gateOf({ ...flags, host, rateLimit: 0 }, env).requestsPerMinute).toBe(0);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(gateOf({ ...flags, host, insecure: true }, {}).keys).toBeNull();
    expect(String(stderr.mock.calls[0])).toMatch(/everybody who reaches/);
    stderr.mockRestore();
  });

  it('wants keys behind a proxy too, and limits the rate there', () => {
    for (const trustProxy of [true, 2, ['10.0.0.0/8']]) {
      const behind = { ...flags, trustProxy };
      for (const none of [{}, { MULTVAE_API_KEYS: '' }]) {
        expect(() => gateOf(behind, none)).toThrow(/^--trust-proxy .*MULTVAE_API_KEYS.*--insecure/);
      }
      expect(gateOf(behind, env)).toMatchObject({ trustProxy, requestsPerMinute: 6000 });
      const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      const open = gateOf({ ...behind, insecure: true }, {});
      expect(open).toMatchObject({ keys: null, isLoopback: true, requestsPerMinute: 6000 });
      expect(String(stderr.mock.calls[0])).toMatch(/everybody who reaches the proxy/);
      stderr.mockRestore();
    }
  });

  it.each([
    [[], false],
    [['--trust-proxy'], true],
    [['--trust-proxy', '2'], 2],
    [
      ['--trust-proxy=10.0.0.0/8,::1', '--insecure'],
      ['10.0.0.0/8', '::1'],
    ],
    [['--trust-proxy', '--insecure'], true],
  ])('reads %j', async (words, trustProxy) => {
    const command = addGateOptions(new Command()).action(() => undefined);
    await command.parseAsync(words, { from: 'user' });
    expect(command.opts().trustProxy).toEqual(trustProxy);
  });

  it('refuses a --trust-proxy that is neither a number nor addresses', async () => {
    const command = addGateOptions(new Command()).action(() => undefined);
    for (const words of [['--trust-proxy', 'yes'], ['--trust-proxy=']]) {
      await expect(command.parseAsync(words, { from: 'user' })).rejects.toThrow(ArgumentError);
    }
  });
});
