/** Serves the explorer page, built from `web/`. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { type RequestHandler, Router } from 'express';

/** Why there is no page to serve, and what to do; null where there is one. */
export function missingExplorer(folder: string = builtPage): string | null {
  const file = join(folder, 'index.html');
  return existsSync(file)
    ? null
    : `the explorer page is not there (${file} is missing): in a clone \`npm run setup\` builds it, elsewhere install multvae again`;
}

/** Where set-up builds the page; the same place from `src` and from `dist`. */
const builtPage = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * The page may load its own scripts and styles, call its own server, and show images of the hosts that the operator
 * allows. Nothing inline, nothing else from elsewhere, and no other page may frame it.
 */
const pagePolicy = (imageHosts: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ["img-src 'self'", ...imageHosts].join(' '),
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** `express.static` says how long files may be kept only where nothing has said so. */
const forgetCacheControl: RequestHandler = (_request, response, next) => {
  response.removeHeader('Cache-Control');
  next();
};

const yearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * The explorer page at `/`, and below `/assets` its files, whose names carry a hash of their content.
 *
 * The page's views have their addresses behind a `#`, so it needs no other path. A path that is not one of its files
 * goes on to the next handler.
 *
 * @param imageHosts - the hosts that images may come from; the page is served without them when that is not known
 * @param folder - a built page
 */
export function explorerPage(
  imageHosts: () => Promise<readonly string[]>,
  folder: string = builtPage,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(
    '/assets',
    forgetCacheControl,
    compression(),
    // The default redirects `/assets` to `/assets/`, in HTML of its own that caches may keep.
    express.static(`${folder}/assets`, {
      immutable: true,
      maxAge: yearMs,
      index: false,
      redirect: false,
    }),
  );
  router.get('/', async (_request, response, next) => {
    const hosts = await imageHosts().catch(() => []);
    response.set({
      'Content-Security-Policy': pagePolicy(hosts),
      'Cache-Control': 'no-cache',
    });
    response.sendFile('index.html', { root: folder, cacheControl: false }, (error) => {
      if (error && !response.headersSent) next();
    });
  });
  return router;
}
