/** Which proxies are believed, and under which name a client is counted. */

import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { clientName, parseTrustedProxies, plainAddress, trustOf } from './client-address.js';

describe('plainAddress', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:5021', '192.0.2.7'],
    ['192.0.2.7:', '192.0.2.7'],
    ['"192.0.2.7:5021"', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:5021', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
  ])('takes %s for %s', (text, address) => {
    expect(plainAddress(text)).toBe(address);
  });

  it.each(['', 'unknown', '_hidden', '192.0.2', '192.0.2.7:5021:1', '192.0.2.7, 10.0.0.1'])(
    'is null for %j',
    (text) => {
      expect(plainAddress(text)).toBeNull();
    },
  );
});

describe('clientName', () => {
  it('is the same for every port, and for the addresses of one IPv6 subnet', () => {
    expect(clientName('192.0.2.7:1')).toBe(clientName('192.0.2.7:2'));
    expect(clientName('192.0.2.7')).not.toBe(clientName('192.0.2.8'));
    expect(clientName('2001:db8:1:2::7')).toBe(clientName('[2001:db8:1:2:ffff::9]:80'));
    expect(clientName('2001:db8:1:2::7')).not.toBe(clientName('2001:db8:2:2::7'));
  });

  it('is one name for everything that is not an address', () => {
    expect(clientName('spoofed-1')).toBe(clientName('spoofed-2'));
    expect(clientName(undefined)).toBe(clientName(''));
  });
});

describe('parseTrustedProxies', () => {
  it('reads a number, or addresses, subnets and names', () => {
    expect(parseTrustedProxies('--x', '2')).toBe(2);
    const list = ['10.0.0.0/8', '::1', 'loopback', '2001:db8::/32'];
    expect(parseTrustedProxies('--x', list.join(', '))).toEqual(list);
  });

  it.each([
    '0',
    '-1',
    '256',
    '',
    '1.5',
    '10.0.0.0/33',
    '::/129',
    'proxy.example',
    'true',
    '10.0.0.1,',
  ])('refuses %j', (text) => {
    expect(() => parseTrustedProxies('--trust-proxy', text)).toThrow(ArgumentError);
    expect(() => parseTrustedProxies('--trust-proxy', text)).toThrow(/^--trust-proxy.*give the/);
  });
});

describe('trustOf', () => {
  const trusted = (proxies: Parameters<typeof trustOf>[0], addresses: readonly string[]) =>
    addresses.map((address, hop) => trustOf(proxies)(address, hop));

  it('counts proxies from the server on', () => {
    const three = ['10.0.0.1', '10.0.0.2', '203.0.113.9'];
    expect(trusted(false, three)).toEqual([false, false, false]);
    expect(trusted(true, three)).toEqual([true, false, false]);
    expect(trusted(2, three)).toEqual([true, true, false]);
  });

  it('knows proxies by address, whatever port or notation comes with it', () => {
    const list = ['10.0.0.0/8', '2001:db8::/32', 'loopback'];
    const proxies = ['10.9.9.9', '10.0.0.2:443', '::ffff:10.1.1.1', '[2001:db8::5]:1', '127.0.0.1'];
    expect(trusted(list, proxies)).toEqual(proxies.map(() => true));
    const others = ['11.0.0.1', '2001:db9::1', 'unknown', ''];
    expect(trusted(list, others)).toEqual(others.map(() => false));
  });
});
