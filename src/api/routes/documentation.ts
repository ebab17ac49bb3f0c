/** Routes that document the HTTP interface, for programs and for people. */

import { z } from 'zod';
import { docsPage } from '../pages/docs-page.js';
import { type OpenApi, openApi } from '../pages/openapi.js';
import { type Route, route } from '../route.js';

/** The page holds its own style, and runs no script. */
const pageHeaders = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
};

/**
 * @param all - every route, these two included
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
      summary: 'The same to read',
      responses: { 200: { description: 'a page', type: 'text/html' } },
      handle: () => ({
        body: docsPage(api()),
        type: 'text/html; charset=utf-8',
        headers: pageHeaders,
      }),
    }),
  ];
}
