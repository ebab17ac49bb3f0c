import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Where `npm run web:dev` finds the API: a `multvae serve` of your own. */
const server = process.env.MULTVAE_SERVER ?? 'http://127.0.0.1:3000';
const api = '^/(recommend|similar|items|users|genres|models|feedback|health|metrics|openapi|docs)';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './', // so that a proxy may put the page below any path
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the page's policy allows nothing inline
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
  server: { host: '127.0.0.1', proxy: { [api]: server } },
  logLevel: 'warn',
});
