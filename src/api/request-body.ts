/** Reads the body of a request, within limits. */

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type RequestHandler } from 'express';
import { ArgumentError, quote } from '../errors.js';
import { ProblemError } from './problem.js';
import { repeatedField } from './schemas/repeated-field.js';

/** What a route says of its body (`Route`). */
interface BodyOptions {
  readonly method: string;
  readonly body?: unknown;
  readonly maxBodyMb?: number;
  readonly takesLines?: boolean;
}

/** The names that JSON lines go by; none is registered. */
export const lineTypes = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
] as const;

const bytesPerMb = 1_000_000;
const usualMaxBytes = bytesPerMb;

/** Bodies above the usual limit, of all requests under way together: a hundred of them would fill the memory. */
const maxLargeBytes = 64 * bytesPerMb;

/** The handlers that read a route's body, or make sure that there is none. */
export function bodyReaders(route: BodyOptions): RequestHandler[] {
  const { method, body, maxBodyMb, takesLines = false } = route;
  if (body === undefined) return method === 'get' ? [] : [parseAny, requireNoBody];
  const limit = maxBodyMb === undefined ? usualMaxBytes : maxBodyMb * bytesPerMb;
  const types = ['application/json', ...(takesLines ? lineTypes : [])];
  const options = { limit, verify: checkText };
  return [
    requireType(types),
    ...(limit > usualMaxBytes ? [admitLarge(limit)] : []),
    express.json({ ...options, strict: false }),
    ...(takesLines ? [express.text({ ...options, type: [...lineTypes] }), parseLines] : []),
  ];
}

let largeBytes = 0;

/** Admits a body that may be large while there is memory for it. A packed one may grow to the limit. */
function admitLarge(limit: number): RequestHandler {
  return (request, response, next) => {
    const length = Number(request.get('Content-Length') ?? limit);
    const bytes = request.get('Content-Encoding') === undefined ? Math.min(length, limit) : limit;
    if (bytes <= usualMaxBytes) return next();
    if (largeBytes + bytes > maxLargeBytes) {
      const headers = { 'Retry-After': '1' };
      const detail = 'too many large bodies are being read; try again in a second';
      return next(new ProblemError(503, detail, { code: 'E_OVERLOAD', headers }));
    }
    largeBytes += bytes;
    response.once('close', () => {
      largeBytes -= bytes;
    });
    next();
  };
}

/**
 * Refuses bodies of which the parser would change something in silence: it puts U+FFFD for bytes that are not UTF-8,
 * and keeps the last of two fields with one name.
 *
 * @throws ProblemError, which the parser passes on
 */
function checkText(
  _request: IncomingMessage,
  _response: ServerResponse,
  body: Buffer,
  charset: string,
): void {
  if (body.length === 0) throw new ProblemError(400, 'the body is empty; send JSON');
  if (charset !== 'utf-8' || !isUtf8(body)) throw new ProblemError(415, 'the body is not in UTF-8');
  const field = repeatedField(body.toString());
  if (field !== null) {
    throw new ProblemError(400, `${quote(field)} stands twice in one object of the body`);
  }
}

function requireType(types: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (request.is([...types])) next();
    else {
      const given = request.get('Content-Type') ?? 'none';
      const wanted = types.slice(0, 2).join(' or ');
      next(new ProblemError(415, `the content type is ${given}; send ${wanted}`));
    }
  };
}

/** Makes a list of the values of the lines. Empty lines hold none. */
const parseLines: RequestHandler = (request, _response, next) => {
  if (!request.is([...lineTypes]) || typeof request.body !== 'string') {
    next();
    return;
  }
  const numbers: number[] = [];
  const values: unknown[] = [];
  request.body.split('\n').forEach((line, index) => {
    const text = index === 0 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') return;
    numbers.push(index + 1);
    values.push(parseLine(text, index + 1));
  });
  request.body = values;
  request.multvae.bodyLines = numbers;
  next();
};

/** @throws ArgumentError naming the line */
function parseLine(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ArgumentError(
      `line ${number} of the body is ${quote(text.trim())}; give JSON in each line`,
    );
  }
}

const parseAny = express.text({ type: () => true, limit: usualMaxBytes });

/**
 * A route that reads no body must not act as if it had: `{"dryRun":true}` would be done in earnest. Some clients send
 * `{}`, or `null`, where they have nothing to say.
 */
const requireNoBody: RequestHandler = ({ body }, _response, next) => {
  // An application around the router may have parsed it already.
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  if (/^\s*(\{\s*\}|null|"")?\s*$/.test(text)) next();
  else next(new ProblemError(400, 'this takes no body; send none', { code: 'E_ARGUMENT' }));
};
