/** The explorer's files over HTTP. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unknownPath } from '../problem.js';
import { explorerPage, missingExplorer } from './explorer-page.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-page-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'assets', 'main-1a2b3c.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noHosts = async () => [];
const ask = (path: string, page = explorerPage(noHosts, folder)) =>
  request(express().use(page).use(unknownPath)).get(path);

describe('the explorer page', () => {
  it('is at /, revalidated each time, with a policy that allows nothing from elsewhere', async () => {
    const { status, headers, text } = await ask('/');
    expect(status).toBe(200);
    expect(text).toContain('<title>page</title>');
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['cache-control']).toBe('no-cache');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
  });

  it('may show images of the hosts that are allowed, as they are at each request', async () => {
    let hosts = ['https://images.example', 'https://*.shop.example'];
    const page = explorerPage(async () => hosts, folder);
    const policy = async () =>
      String((await ask('/', page)).headers['content-security-policy']).split('; ');
    expect(await policy()).toContain(
      "img-src 'self' https://images.example https://*.shop.example",
    );
    hosts = [];
    expect(await policy()).toContain("img-src 'self'");
    const gone = explorerPage(() => Promise.reject(new Error('the store is gone')), folder);
    expect((await ask('/', gone)).status).toBe(200);
  });

  it('lets its hashed files be cached for a year', async () => {
    const { status, headers } = await ask('/assets/main-1a2b3c.js');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/javascript/);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('compresses them for clients that accept that', async () => {
    const large = `export default ${JSON.stringify('x'.repeat(5000))};`;
    writeFileSync(join(folder, 'assets', 'large-4d5e6f.js'), large);
    const compressed = await ask('/assets/large-4d5e6f.js').set('Accept-Encoding', 'gzip');
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(compressed.headers.vary).toBe('Accept-Encoding');
    const plain = await ask('/assets/large-4d5e6f.js').set('Accept-Encoding', 'identity');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect([compressed.text, plain.text]).toEqual([large, large]);
  });

  it.each(['/assets/none.js', '/assets/', '/assets/..%2fsecret.txt', '/index.html', '/secret.txt'])(
    'leaves %s to what comes next',
    async (path) => {
      const { status, headers } = await ask(path);
      expect(status).toBe(404);
      expect(headers['content-type']).toMatch(/problem\+json/);
    },
  );

  it('passes / on when no page was built', async () => {
    expect((await ask('/', explorerPage(noHosts, join(folder, 'none')))).status).toBe(404);
  });
});

it('is missed where it was not built, with what to do', () => {
  expect(missingExplorer(folder)).toBeNull();
  expect(missingExplorer(join(folder, 'none'))).toMatch(
    /none\/index\.html is missing\): in a clone `npm run setup` builds it/,
  );
});
