import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import {
  ArgumentError,
  FeedbackError,
  MultvaeError,
  RunError,
  UnavailableError,
  UnknownItemError,
  UnknownRunError,
  UnknownUserError,
  UnsupportedError,
} from '../errors.js';
import { withoutHome } from '../serving/home-paths.js';
import { logOf } from './request-log.js';

/** A request that cannot be answered, with what its caller is told; for what no error of `errors.ts` says. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail - a sentence that may leave the server */
  constructor(
    status: number,
    detail: string,
    options: { code?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'ProblemError';
    this.status = status;
    this.code = options.code;
    this.headers = options.headers ?? {};
  }
}

/**
 * Answers with an error as RFC 9457 defines it.
 *
 * @param detail - a sentence that may leave the server
 * @param code - the stable code of the error class, where there is one
 */
export function sendProblem(
  response: Response,
  status: number,
  detail: string,
  code?: string,
): void {
  response.status(status).type('application/problem+json');
  response.send(
    JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, code }),
  );
}

/** 404 for every path that no route took. */
export const unknownPath: RequestHandler = (request, response) => {
  sendProblem(response, 404, `nothing is served at ${request.path}`);
};

/** 405 for the methods that a path does not have; OPTIONS is told which it has. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    if (request.method === 'OPTIONS') response.status(204).end();
    else {
      sendProblem(
        response,
        405,
        `${request.method} is not possible here; ${methods.join(', ')} is`,
      );
    }
  };
}

/**
 * Turns what a route threw into a problem. Only messages of this package's own errors, and of malformed
 * requests, leave the server, and the home folder's place is taken out of them; the rest goes to the log.
 */
export function errorProblem(home: string): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status >= 500) logOf(request).error({ err: error }, 'request failed');
    if (error instanceof ProblemError) {
      response.set(error.headers);
      sendProblem(response, status, error.message, error.code);
    } else if (error instanceof MultvaeError && status !== 500) {
      sendProblem(response, status, withoutHome(error.message, home), error.code);
    } else if (status < 500) {
      sendProblem(response, status, malformedRequest(error, status));
    } else {
      sendProblem(
        response,
        status,
        `the server failed; its log knows more under ${request.multvae.id}`,
      );
    }
  };
}

function malformedRequest(error: unknown, status: number): string {
  if (status === 400 && error instanceof URIError) {
    return 'the address is not correctly percent-encoded';
  }
  return malformed[status] ?? 'the request is malformed';
}

/** What is wrong with a body that Express could not read. */
const malformed: Readonly<Record<number, string>> = {
  400: 'the body is not JSON, or not what its headers say',
  413: 'the body is larger than 1 MB',
  415: 'the body is in an encoding that is not understood; send UTF-8, plain or gzipped',
};

function statusOf(error: unknown): number {
  if (error instanceof ProblemError) return error.status;
  if (
    error instanceof UnknownUserError ||
    error instanceof UnknownItemError ||
    error instanceof UnknownRunError
  ) {
    return 404;
  }
  if (
    error instanceof RunError ||
    error instanceof UnsupportedError ||
    error instanceof FeedbackError
  )
    return 409;
  if (error instanceof UnavailableError) return 503;
  if (error instanceof ArgumentError) return 400;
  // Express marks a path that cannot be decoded.
  if (error instanceof URIError) return 400;
  return bodyFault(error) ?? 500;
}

/** The status that Express' reader of bodies gives what it refuses. */
function bodyFault(error: unknown): number | null {
  if (!(error instanceof Error) || !('expose' in error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
