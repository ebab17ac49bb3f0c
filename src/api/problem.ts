/** Answers errors as problem details (RFC 9457): which error has which status, and what may leave the server. */

import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import {
  ArgumentError,
  BusyError,
  FeedbackError,
  HomeError,
  MultvaeError,
  RunError,
  StorageError,
  type StorageFault,
  UnavailableError,
  UnknownItemError,
  UnknownRunError,
  UnknownUserError,
  UnsupportedError,
} from '../errors.js';
import { withoutHome } from '../serving/home-paths.js';
import { storageError } from '../storage/faults.js';
import { logOf } from './request-log.js';

/** The status of an error, by its class; the first row that fits decides. Any other error is the server's fault: 500. */
const statuses = [
  { error: UnknownUserError, status: 404 },
  { error: UnknownItemError, status: 404 },
  // A RunError too, so it stands before that.
  { error: UnknownRunError, status: 404 },
  { error: RunError, status: 409 },
  { error: UnsupportedError, status: 409 },
  { error: FeedbackError, status: 409 },
  { error: UnavailableError, status: 503 },
  { error: BusyError, status: 503 },
  // The database or another file of the home is missing, damaged, full or in use, which can be mended meanwhile.
  { error: HomeError, status: 503 },
  { error: ArgumentError, status: 400 },
  // Express throws it for a path that cannot be decoded.
  { error: URIError, status: 400 },
] as const;

/** A refusal that no class of `errors.ts` stands for, because only HTTP knows it. */
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
 * Sends problem details.
 *
 * @param detail - a sentence that may leave the server
 * @param code - the stable code of the error, where it has one
 */
export function sendProblem(
  response: Response,
  status: number,
  detail: string,
  code?: string,
): void {
  response.status(status).type('application/problem+json').set('Cache-Control', 'no-store');
  response.send(
    JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, code }),
  );
}

/** 404 for every path that no route took. */
export const unknownPath: RequestHandler = (request, response) => {
  sendProblem(response, 404, `nothing is served at ${request.path}`);
};

/** 405 for the methods that a path does not have; OPTIONS gets the list of those that it has. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set({ Allow: methods.join(', '), 'Cache-Control': 'no-store' });
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
 * Turns what a route threw into a problem.
 *
 * Only messages of this package's own errors leave the server, without the place of the home folder. Everything else
 * goes to the log alone.
 */
export function errorProblem(home: string): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = withMeaning(thrown);
    const status = statusOf(error);
    if (status >= 500) logOf(request).error({ err: error }, 'request failed');
    if (response.headersSent) {
      // After a whole answer, such as that of a deadline, nothing may follow; a half one can only be cut.
      if (!response.writableEnded) next(error);
      return;
    }
    if (error instanceof UnavailableError) response.set('Retry-After', '1');
    if (error instanceof ProblemError) {
      response.set(error.headers);
      sendProblem(response, status, error.message, error.code);
    } else if (error instanceof MultvaeError && status !== 500) {
      const wait = retryAfterS(error);
      if (wait !== null) response.set('Retry-After', String(wait));
      sendProblem(response, status, withoutHome(error.message, home), error.code);
    } else if (status < 500) {
      sendProblem(response, status, malformedRequest(error, status));
    } else {
      const { id } = request.multvae;
      sendProblem(response, status, `the server failed; its log knows more under ${id}`);
    }
  };
}

/** The error as it is, or what an error of the disk means that nobody expected where it was met. */
function withMeaning(error: unknown): unknown {
  const told = storageError('a file of the server cannot be read or written', error);
  return told instanceof StorageError && told.fault !== 'path' ? told : error;
}

/** Faults that soon pass: the next request finds the new file, the other process has finished, or the store is back. */
const passing: Partial<Record<StorageFault, number>> = { replaced: 1, busy: 2, gone: 2 };

/** Seconds after which a request can succeed that the home refused; null where the home is not the reason. */
function retryAfterS(error: MultvaeError): number | null {
  if (error instanceof BusyError) return 2;
  if (error instanceof StorageError) return passing[error.fault] ?? 60;
  return error instanceof HomeError ? 60 : null;
}

function statusOf(error: unknown): number {
  if (error instanceof ProblemError) return error.status;
  const row = statuses.find((row) => error instanceof row.error);
  return row?.status ?? bodyStatus(error) ?? 500;
}

/** The status that Express's body parser gives a body that it refuses; null for any other error. */
function bodyStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('expose' in error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

function malformedRequest(error: unknown, status: number): string {
  if (error instanceof URIError) return 'the address is not correctly percent-encoded';
  if (status === 413) return `the body is larger than ${limitOf(error) / 1e6} MB`;
  return malformedBody[status] ?? 'the request is malformed';
}

/** The limit in bytes of the body parser that refused a body. */
function limitOf(error: unknown): number {
  return error instanceof Error && 'limit' in error ? Number(error.limit) : 1e6;
}

/** Why Express could not read a body, by status. */
const malformedBody: Readonly<Record<number, string>> = {
  400: 'the body is not JSON, or not what its headers say',
  415: 'the body is in an encoding that is not understood; send UTF-8, plain or gzipped',
};
