/** Which requests a proxy may read otherwise than this server. */
import { expect, it } from 'vitest';
import { plainRequest } from './plain-request.js';

/** Why a request is refused; null for one that passes. */
function refusal(url: string, rawHeaders: string[], httpVersion = '1.1'): string | null {
  const host = rawHeaders[rawHeaders.findIndex((name) => /^host$/i.test(name)) + 1];
  const headers = rawHeaders.some((name) => /^host$/i.test(name)) ? { host } : {};
  let passed = 0;
  try {
    plainRequest({ url, rawHeaders, headers, httpVersion } as never, {} as never, () => passed++);
  } catch (error) {
    expect(error).toMatchObject({ status: 400 });
    return (error as Error).message;
  }
  expect(passed).toBe(1);
  return null;
}

const host = ['Host', 'h'];

it.each([
  ['/', host],
  ['/?a=\\', host],
  // Of other headers, and as a value, anything may come twice.
  ['/', ['Host', 'host', 'X-Me', 'host', 'x-me', 'host', 'Date', '1', 'Date', '2']],
  ['/', ['HOST', 'h', 'Authorization', 'a', 'Content-Type', 'b']],
])('%s with %j passes', (url, headers) => {
  expect(refusal(url, headers)).toBeNull();
});

it('wants a host, but of HTTP 1.0', () => {
  expect(refusal('/', [])).toBe('the header Host is missing');
  expect(refusal('/', [], '2.0')).toBe('the header Host is missing');
  expect(refusal('/', [], '1.0')).toBeNull();
});

it.each([
  ['/#a', host, /"#" or a backslash/],
  ['/?a=#', host, /"#" or a backslash/],
  ['/a\\b?c', host, /"#" or a backslash/],
  ['/', ['Host', 'h', 'X', '1', 'host', 'i'], /header host is given more than once/],
  ['/', ['Host', 'h', 'AUTHORIZATION', 'a', 'authorization', 'a'], /header authorization is/],
  ['/', ['content-type', 'a', 'Host', 'h', 'Content-Type', 'b'], /header content-type is/],
])('%s with %j is refused', (url, headers, message) => {
  expect(refusal(url, headers)).toMatch(message);
});
