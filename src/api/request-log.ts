import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { type DestinationStream, destination, type Logger, pino } from 'pino';

/** The levels of `--log-level`, the quietest last. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A log of JSON lines on stderr, so that stdout keeps to results. */
export function createLogger(level: LogLevel, stream: DestinationStream = destination(2)): Logger {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    stream,
  );
}

export const idHeader = 'X-Request-Id';

/** The caller's id of a request if that is short and plain, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers[idHeader.toLowerCase()];
  const isPlain = typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given);
  return isPlain ? given : randomUUID();
}

declare global {
  namespace Express {
    interface Request {
      /** The caller's `X-Request-Id`, or a new one. */
      id: string;
      /** Names the request in every line. */
      readonly log: Logger;
    }
  }
}

/**
 * Logs each answered request with method, address, status and duration, and gives it an id: the caller's
 * `X-Request-Id` if that is short and plain, else a new one; the answer carries it too. Headers may carry
 * credentials; they stay out of the log.
 *
 * One line a request and nothing made for it before: pino-http takes 60 µs, a fifth of an answer's time.
 */
export function logRequests(app: express.Express, logger: Logger): void {
  Object.defineProperty(app.request, 'log', {
    get(this: Request) {
      const { id, method, originalUrl: url } = this;
      return logger.child({ req: { id, method, url } });
    },
  });
  app.use(logged(logger));
}

function logged(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    const id = requestId(request);
    const { method, originalUrl: url } = request;
    request.id = id;
    response.setHeader(idHeader, id);
    let failure: Error | undefined;
    response.once('error', (error) => {
      failure = error;
    });
    response.once('close', () => {
      const level = levelOf(request, response, failure);
      if (!logger.isLevelEnabled(level)) return;
      // What a route's reply says is to be logged (route.ts), and whose key was given (gatekeeper.ts).
      const { logged, client } = response.locals;
      const line = {
        req: { id, method, url },
        ...(logged as object | undefined),
        ...(client && { client }),
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

/** Probes come every few seconds: not worth a line each. */
function levelOf(
  request: Request,
  response: Response,
  error: Error | undefined,
): 'debug' | 'info' | 'error' {
  if (error || response.statusCode >= 500) return 'error';
  return /^\/(health\/|metrics)/.test(request.originalUrl) ? 'debug' : 'info';
}
