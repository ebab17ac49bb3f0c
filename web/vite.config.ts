/** Builds the explorer page, and serves it during development. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The address of the `multvae serve` that `npm run web:dev` asks for data. */
const server = process.env.MULTVAE_SERVER ?? 'http://127.0.0.1:3000';
const api =
  '^/(recommend|similar|items|users|genres|home|rules|live|nights|models|feedback|health|metrics|openapi|docs)';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './', // so that a proxy may serve the page under any path
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the page's content security policy forbids inline data
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  server: { host: '127.0.0.1', proxy: { [api]: server } },
  logLevel: 'warn',
});
