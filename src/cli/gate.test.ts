/** The gate that the flags of `serve` describe. */

import { describe, expect, it, vi } from 'vitest';
import { ArgumentError } from '../errors.js';
import { gateOf } from './gate.js';

const flags = { host: '127.0.0.1', insecure: false, trustProxy: false };
const secret = 'k'.repeat(20);
const env = { MULTVAE_API_KEYS: `shop:read:${secret}` };

describe('gateOf', () => {
  it('lets everybody on this machine in without keys', () => {
    const open = { keys: null, isLoopback: true, trustProxy: false, requestsPerMinute: 0 };
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
});
