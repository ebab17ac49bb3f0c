/** The address of a Redis. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../errors.js';
import { parseRedisUrl, shownRedis } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each(['', 'redis://h', 'rediss://h:6380/', 'redis://u:p%40@h:1/12'])('takes %j', (text) => {
    expect(parseRedisUrl('--redis', text)).toBe(text === '' ? null : text);
  });

  it.each([
    ['secret', 'is not an address;'],
    ['http://secret@h', 'is not an address of Redis;'],
    ['redis://', 'names no host;'],
    ['redis:///1', 'names no host;'],
    ['redis://:secret@h/x', 'has a path that is not'],
    ['redis://:secret@h/1/2', 'has a path that is not'],
    ['redis://:secret@h?x=1', 'has parameters'],
    ['redis://:secret@h#x', 'has parameters'],
    ['redis://%zz:secret@h', 'is not correctly percent-encoded'],
    ['redis://u:secret%@h', 'is not correctly percent-encoded'],
  ])('refuses %s without showing a password', (text, message) => {
    const parse = () => parseRedisUrl('--redis', text);
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^--redis /);
    expect(parse).not.toThrow(/secret/);
  });
});

it('shows an address without user and password', () => {
  expect(shownRedis('redis://u:secret@h:1/2')).toBe('redis://h:1/2');
  expect(shownRedis('rediss://u:secret@h/')).toBe('rediss://h');
});
