import express, { type IRouter, type Request, type RequestHandler, type Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { onlyMethods, ProblemError } from './problem.js';
import { logOf } from './request-log.js';
import { checkBody, checkQuery } from './schemas/validation.js';

/** Who may call: everybody, or the holder of a key that may read, or one that may write. */
export type Scope = 'public' | 'read' | 'write';

/** What a handler is given: parameters and body as the route's schemas made them. */
export interface RouteRequest<
  Params = Record<string, unknown>,
  Query = Record<string, unknown>,
  Body = unknown,
> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The id that the answer carries and the log names. */
  readonly id: string;
  readonly log: Logger;
}

/** What a handler answers with. */
export interface Reply {
  /** 200 unless given. */
  readonly status?: number;
  /** Sent as JSON; a string or bytes as they are, with `type`. Absent: no body. */
  readonly body?: unknown;
  /** `application/json` unless given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the request's line in the log says besides. */
  readonly logged?: Readonly<Record<string, unknown>>;
}

/** A documented answer. */
export interface RouteResponse {
  readonly description: string;
  /** The JSON body; absent where there is none, or another type. */
  readonly body?: z.ZodType;
  /** The content type where it is not JSON. */
  readonly type?: string;
}

/** One method of one address: its schemas validate, type and document it. */
export interface Route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'delete';
  /** As Express writes it, such as `/recommend/:userId`. */
  readonly path: string;
  readonly scope: Scope;
  /** Whether it may take longer than usual: it loads or computes a model. */
  readonly isLong?: boolean;
  /** One line without a full stop. */
  readonly summary: string;
  /** The parts of the path that vary, decoded. */
  readonly params?: Params;
  /** A strict object: other parameters are refused. Absent: the query is not looked at. */
  readonly query?: Query;
  /** Absent: a body is not looked at. */
  readonly body?: Body;
  /** By status; what every route may answer with besides (`problem.ts`) is left out. */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  handle(
    request: RouteRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Reply | Promise<Reply>;
}

/** A route as a list holds it; the schemas type its handler. */
export function route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
>(route: Route<Params, Query, Body>): Route {
  return route as unknown as Route;
}

/**
 * Gives every route its address. What an address has no route for is 405 with `Allow`; HEAD goes with GET.
 *
 * Routes are matched in the order of the list, so `/models/rollback` stands before `/models/:run`.
 *
 * @param guards - what stands before a route, such as a check of its scope; runs before the body is read
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
      const readBody = route.body === undefined ? [] : [requireJson, parseJson];
      address[route.method](...guards(route), ...readBody, handler(route));
    }
    const methods = own.map(({ method }) => method.toUpperCase());
    address.all(
      onlyMethods(...methods.flatMap((name) => (name === 'GET' ? [name, 'HEAD'] : name))),
    );
  }
}

/** Bodies above this are refused with 413. */
export const mostBodyBytes = 1_000_000;

const parseJson = express.json({ limit: mostBodyBytes, strict: false });

const requireJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json')) next();
  else {
    const given = request.get('Content-Type') ?? 'none';
    next(new ProblemError(415, `the content type is ${given}; send application/json`));
  }
};

function handler(route: Route): RequestHandler {
  const queryOf = queryReader(route);
  return async (request, response) => {
    const reply = await route.handle({
      params: route.params === undefined ? request.params : route.params.parse(request.params),
      query: queryOf(request),
      body: route.body === undefined ? undefined : checkBody(route.body, request.body),
      id: request.multvae.id,
      get log() {
        return logOf(request);
      },
    });
    // It came too late: the caller has been told so.
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

/** As `response.send`, but for what it looks for in vain. */
function sendBytes(
  response: Response,
  body: Buffer,
  type = 'application/json; charset=utf-8',
): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** What most requests ask with is not read anew each time: so many different queries of a route, if they are short. */
const remembered = { queries: 100, characters: 200 } as const;

function queryReader({ query: schema }: Route): (request: Request) => Record<string, unknown> {
  if (schema === undefined) return () => ({});
  const known = new LRUCache<string, Record<string, unknown>>({ max: remembered.queries });
  return (request) => {
    const begin = request.originalUrl.indexOf('?');
    const text = begin < 0 ? '' : request.originalUrl.slice(begin);
    let query = known.get(text);
    if (query === undefined) {
      query = Object.freeze(checkQuery(schema, request.query));
      if (text.length <= remembered.characters) known.set(text, query);
    }
    return query;
  };
}
