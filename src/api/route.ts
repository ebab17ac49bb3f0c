/** What a route is, and how a list of routes becomes handlers of Express. */

import type { IRouter, Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { z } from 'zod';
import { onlyMethods } from './problem.js';
import { parseQuery, queryText } from './request-address.js';
import { bodyReaders } from './request-body.js';
import { logOf } from './request-log.js';
import { checkBody, checkQuery } from './schemas/validation.js';

/** Who may call: everybody, the holder of a key that may read, or the holder of one that may write. */
export type Scope = 'public' | 'read' | 'write';

/** A request as a handler gets it: parameters and body, parsed by the route's schemas. */
export interface RouteRequest<
  Params = Record<string, unknown>,
  Query = Record<string, unknown>,
  Body = unknown,
> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Of a body of JSON lines: the number of each value's line; else null. */
  readonly bodyLines: readonly number[] | null;
  /** The answer carries it as `X-Request-Id`, and the log names it. */
  readonly id: string;
  readonly log: Logger;
  /** A signal that is aborted when the answer was sent, by the deadline too, or the client has left. */
  untilAnswered(): AbortSignal;
}

/** A handler's answer. */
export interface Reply {
  /** Default: 200. */
  readonly status?: number;
  /** Sent as JSON; a string or a Buffer is sent as it is. Default: no body. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further fields of the request's log line. */
  readonly logged?: Readonly<Record<string, unknown>>;
}

/** A documented answer. */
export interface RouteResponse {
  readonly description: string;
  /** Schema of the JSON body; absent for an answer without a body, or of another type. */
  readonly body?: z.ZodType;
  /** The content type, when it is not JSON. */
  readonly type?: string;
}

/** One method of one path; its schemas validate, type and document it. */
export interface Route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Express's syntax, such as `/recommend/:userId`. */
  readonly path: string;
  readonly scope: Scope;
  /** Whether it may take minutes, because it loads a model or computes over all users or items. */
  readonly isLong?: boolean;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Schema of the path's parameters, decoded. */
  readonly params?: Params;
  /**
   * A strict object, so unknown parameters are refused. Default: GET ignores the query, since probes add some; other
   * methods refuse one, since `DELETE /users/7?dryRun=true` would delete.
   */
  readonly query?: Query;
  /** Default: GET ignores a body; other methods take none but an empty one, since it may hold a wish. */
  readonly body?: Body;
  /** A larger body is refused with 413. Default: 1. */
  readonly maxBodyMb?: number;
  /** Whether the body, a list, may be JSON lines too: one value of the list in each line. Default: false. */
  readonly takesLines?: boolean;
  /** By status, without the errors that any route may answer with (`problem.ts`). */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  handle(
    request: RouteRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Reply | Promise<Reply>;
}

/** Types a route's handler by its schemas, and gives the route as a list holds it. */
export function route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
>(route: Route<Params, Query, Body>): Route {
  return route as unknown as Route;
}

/**
 * Mounts routes. A method that a path does not have is answered 405 with `Allow`; HEAD goes with GET.
 *
 * Routes match in the order of the list, so `/models/rollback` comes before `/models/:run`.
 *
 * @param guards - the handlers that a route's requests pass first, before their body is read
 */
export function mountRoutes(
  router: IRouter,
  routes: readonly Route[],
  guards: (route: Route) => readonly RequestHandler[] = () => [],
): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path);
    const address = router.route(path);
    for (const route of own) {
      address[route.method](...guards(route), ...bodyReaders(route), handler(route));
    }
    const methods = own.map(({ method }) => method.toUpperCase());
    address.all(
      onlyMethods(...methods.flatMap((name) => (name === 'GET' ? [name, 'HEAD'] : name))),
    );
  }
}

function handler(route: Route): RequestHandler {
  const readQuery = queryReader(route);
  const answer = async (request: Request, response: Response) =>
    route.handle({
      params:
        route.params === undefined ? request.params : checkQuery(route.params, request.params),
      query: readQuery(request),
      body:
        route.body === undefined
          ? undefined
          : checkBody(route.body, request.body, request.multvae.bodyLines),
      bodyLines: request.multvae.bodyLines,
      id: request.multvae.id,
      get log() {
        return logOf(request);
      },
      untilAnswered: () => untilClosed(response),
    });
  return async (request, response) => {
    let reply: Reply;
    const work = answer(request, response);
    request.multvae.work = work;
    try {
      reply = await work;
    } catch (error) {
      if (!response.headersSent && !response.closed) throw error;
      // Express would cut the connection, which the client may use for its next request already.
      logOf(request).warn({ err: error }, 'failed after it was given up');
      return;
    } finally {
      request.multvae.work = null;
    }
    // The deadline has passed, and its guard has answered.
    if (response.headersSent) return;
    request.multvae.logged = reply.logged;
    response.status(reply.status ?? 200);
    if (reply.headers !== undefined) response.set(reply.headers);
    if (reply.body === undefined) response.end();
    else if (Buffer.isBuffer(reply.body)) sendBytes(response, reply.body, reply.type);
    else if (typeof reply.body === 'string') {
      response.type(reply.type ?? 'application/json').send(reply.body);
    } else response.type(reply.type ?? 'application/json').send(JSON.stringify(reply.body));
  };
}

/** It is made for the few requests that wait for something, such as the load of a model. */
function untilClosed(response: Response): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (response.closed) abort();
  response.once('close', abort);
  return controller.signal;
}

/** A cheaper `response.send` for bytes: it computes no ETag, and looks for no charset. */
function sendBytes(
  response: Response,
  body: Buffer,
  type = 'application/json; charset=utf-8',
): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** A route remembers this many parsed queries, if they are short: most requests repeat a few. */
const maxKnownQueries = 100;
const maxKnownQueryLength = 200;

function queryReader({ method, query }: Route): (request: Request) => Record<string, unknown> {
  const schema = query ?? (method === 'get' ? undefined : z.strictObject({}));
  if (schema === undefined) return () => ({});
  const known = new LRUCache<string, Record<string, unknown>>({ max: maxKnownQueries });
  return (request) => {
    const text = queryText(request.originalUrl);
    let parsed = known.get(text);
    if (parsed === undefined) {
      parsed = Object.freeze(checkQuery(schema, parseQuery(text)));
      if (text.length <= maxKnownQueryLength) known.set(text, parsed);
    }
    return parsed;
  };
}
