import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { Router } from 'express';

/** Where the set-up builds the page; the same from `src` and from `dist`. */
const builtPage = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * The page runs its own scripts and styles and asks its own server; nothing inline, nothing from elsewhere, and no
 * other page may frame it.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const yearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * The explorer page at `/`, and its files, whose names carry a hash of what is in them, below `/assets`.
 *
 * The views of the page have their addresses behind a `#`, so no path but these two is the page's. A path that is no
 * file of it goes on to what is mounted next.
 *
 * @param folder - a built page
 */
export function explorerPage(folder: string = builtPage): Router {
  const router = Router();
  router.use(
    '/assets',
    compression(),
    express.static(`${folder}/assets`, { immutable: true, maxAge: yearMs, index: false }),
  );
  router.get('/', (_request, response, next) => {
    response.set({
      'Content-Security-Policy': pagePolicy,
      'Cache-Control': 'no-cache',
    });
    response.sendFile('index.html', { root: folder, cacheControl: false }, (error) => {
      if (error && !response.headersSent) next();
    });
  });
  return router;
}
