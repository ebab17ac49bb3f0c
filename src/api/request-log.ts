import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { pinoHttp } from 'pino-http';

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

const idHeader = 'X-Request-Id';

/**
 * Logs each answered request with method, address, status and duration, and gives it an id: the caller's
 * `X-Request-Id` if that is short and plain, else a new one; the answer carries it too.
 */
export function requestLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    genReqId: (request, response) => {
      const given = request.headers[idHeader.toLowerCase()];
      const id = typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
      response.setHeader(idHeader, id);
      return id;
    },
    // What a route's reply says is to be logged (route.ts), and whose key was given (gatekeeper.ts).
    customProps: (_request, response) => {
      const { logged, client } = (response as Response).locals ?? {};
      return { ...logged, ...(client && { client }) };
    },
    customLogLevel: (request, response, error) => levelOf(request, response, error),
    // Headers may carry credentials; they stay out of the log.
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        url,
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  });
}

/** Probes come every few seconds, and what is refused for overload by the thousand: not worth a line each. */
function levelOf(
  request: IncomingMessage,
  response: ServerResponse,
  error: Error | undefined,
): 'debug' | 'info' | 'error' {
  if ((response as { locals?: { isShed?: boolean } }).locals?.isShed) return 'debug';
  if (error || response.statusCode >= 500) return 'error';
  return /^\/(health\/|metrics)/.test(request.url ?? '') ? 'debug' : 'info';
}
