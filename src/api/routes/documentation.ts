/** Routes that document the HTTP interface, for programs and for people. */

import { z } from 'zod';
import { docsPage } from '../pages/docs-page.js';
import { type OpenApi, openApi } from '../pages/openapi.js';
import { tryScript } from '../pages/try-script.js';
import { type Route, route } from '../route.js';

/** The page holds its own style, runs the server's script, and asks the server alone. */
const pageHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "script-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

/**
 * @param all - every route, these included
 */
export function documentationRoutes(all: () => readonly Route[]): Route[] {
  let document: OpenApi | null = null;
  const api = () => {
    document ??= openApi(all());
    return document;
  };
  return [
    route({
      method: 'get',
      path: '/openapi.json',
      scope: 'public',
      summary: 'This interface as OpenAPI 3.1',
      responses: {
        200: { description: 'the document', body: z.looseObject({ openapi: z.string() }) },
      },
      handle: () => ({ body: api() }),
    }),
    route({
      method: 'get',
      path: '/docs',
      scope: 'public',
      summary: 'The same to read, with an example of each route and a form that sends it',
      responses: { 200: { description: 'a page', type: 'text/html' } },
      handle: () => ({
        body: docsPage(api()),
        type: 'text/html; charset=utf-8',
        headers: pageHeaders,
      }),
    }),
    route({
      method: 'get',
      path: '/docs/try.js',
      scope: 'public',
      summary: 'The script of that page',
      responses: { 200: { description: 'JavaScript', type: 'text/javascript' } },
      handle: () => ({ body: tryScript, type: 'text/javascript; charset=utf-8' }),
    }),
  ];
}
