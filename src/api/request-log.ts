/** Gives each request an id, and logs it in one line once it is answered. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { visible } from '../errors.js';
import type { AccessKey } from './gate/access-keys.js';
import { loggedAddress } from './request-address.js';

/** The levels of `--log-level`, the quietest last. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A log of JSON lines; on stderr by default, so that stdout holds results alone. */
export function createLogger(level: LogLevel, stream: DestinationStream = destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // Addresses and ids come from clients; the log may be read on a terminal. The line break at the end stays.
      hooks: { streamWrite: (line) => `${visible(line.slice(0, -1))}\n` },
    },
    stream,
  );
}

export const idHeader = 'X-Request-Id';

/** The client's `X-Request-Id` if it is short and plain, else a new id. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers[idHeader.toLowerCase()];
  const isPlain = typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given);
  return isPlain ? given : randomUUID();
}

/** What the stages of one request tell each other. */
export interface RequestContext {
  /** The answer carries it as `X-Request-Id`, and the log names it. */
  readonly id: string;
  readonly logger: Logger;
  /** Whose key the request carries; null for an unknown key, or none (`gate/identify.ts`). */
  client: AccessKey | null;
  /** Further fields of the request's log line (`route.ts`). */
  logged: Readonly<Record<string, unknown>> | undefined;
  /** The handler's work while it lasts, which may be longer than the client waits (`route.ts`). */
  work: Promise<unknown> | null;
  /** Of a body of JSON lines: the number of each value's line, from 1 on; else null (`request-body.ts`). */
  bodyLines: readonly number[] | null;
}

declare global {
  namespace Express {
    interface Request {
      /** Set by `logRequests`. One property, so that it collides with nothing of a surrounding application. */
      multvae: RequestContext;
    }
  }
}

/** A logger whose lines name the request. */
export function logOf({ multvae, method, originalUrl: url }: Request): Logger {
  return multvae.logger.child({ req: { id: multvae.id, method, url: loggedAddress(url) } });
}

/**
 * Gives each request its context, and logs its method, address, status and duration once it is answered.
 * Headers and the values of parameters stay out of the log, since they may carry credentials.
 *
 * One line a request and no logger of its own: pino-http takes 60 µs a request, a fifth of an answer's time.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    const id = requestId(request);
    const { method, originalUrl } = request;
    const isProbe = /^\/(health\/|metrics(\?|$))/.test(request.url);
    const context: RequestContext = {
      id,
      logger,
      client: null,
      logged: undefined,
      work: null,
      bodyLines: null,
    };
    request.multvae = context;
    response.setHeader(idHeader, id);
    let failure: Error | undefined;
    response.once('error', (error) => {
      failure = error;
    });
    response.once('close', () => {
      const level = levelOf(response, { failure, isProbe });
      if (!logger.isLevelEnabled(level)) return;
      const { client, logged } = context;
      const line = {
        req: { id, method, url: loggedAddress(originalUrl) },
        ...logged,
        ...(client !== null && { client: client.name }),
        res: { statusCode: response.statusCode },
        responseTime: Math.round((performance.now() - begin) * 10) / 10,
      };
      const isWhole = failure === undefined && response.writableFinished;
      if (isWhole) logger[level](line, 'answered');
      else logger[level]({ ...line, ...(failure && { err: failure }) }, 'not answered to the end');
    });
    next();
  };
}

/** Probes come every few seconds and are not worth a line each. */
function levelOf(
  { statusCode }: Response,
  { failure, isProbe }: { readonly failure: Error | undefined; readonly isProbe: boolean },
): 'debug' | 'info' | 'error' {
  if (failure !== undefined || statusCode >= 500) return 'error';
  return isProbe ? 'debug' : 'info';
}
