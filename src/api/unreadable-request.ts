/** Answers to bytes that Node could not read as a whole request: malformed, too long, or not there in time. */

import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Why a request is refused before, or while, it arrives. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
}

const malformed: Refusal = { status: 400, detail: 'this is not an HTTP request' };

/** By the code of Node's error. */
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    detail: 'the address and the headers are longer than the server takes',
  },
  HPE_INVALID_URL: {
    status: 400,
    detail: 'the address is malformed; percent-encode what is not ASCII',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    detail: 'the chunks of the body have longer extensions than the server takes',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request did not arrive in time' },
};

/** The refusal of a request whose rest does not come. */
export const lateRequest = refusals.ERR_HTTP_REQUEST_TIMEOUT!;

/** A client that does not close its end of a refused connection is cut after this time. */
const closeAfterMs = 1000;

/** What a connection has under way. */
export interface Connection {
  /** The responses that are not sent whole. */
  readonly underWay: Set<ServerResponse>;
  /** The response to the last request, if its body has not arrived yet or it is not answered. */
  last: ServerResponse | null;
  /** A refusal that waits until nothing is under way. */
  refusal: Refusal | null;
  /** Whether what comes now is not read any more. */
  isRefused: boolean;
}

/**
 * Refuses what a connection sent, with one answer a request.
 *
 * A request whose body fails may be answered already, so that a second answer would be taken for that to the next
 * request. And a request that fails behind others is answered after them.
 */
export function refuse(error: NodeJS.ErrnoException, socket: Socket, connection: Connection): void {
  // Node reports every further byte after the first that it could not read.
  if (connection.isRefused) return;
  connection.isRefused = true;
  const refusal = refusals[error.code ?? ''] ?? malformed;
  const { last, underWay } = connection;
  if (last === null || last.req.complete) {
    connection.refusal = refusal;
    endRefused(socket, connection);
  } else if (last.headersSent) {
    if (underWay.size === 0) socket.destroySoon();
    else last.once('close', () => socket.destroySoon());
  } else {
    answerRefused(last, refusal);
  }
}

/** Sends a refusal whose turn has come, and closes the connection. */
export function endRefused(socket: Socket, { underWay, refusal }: Connection): void {
  if (refusal === null || underWay.size > 0) return;
  // An answer before this one has closed the connection.
  if (!socket.writable) return;
  const { headers, body } = problemOf(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`;
  socket.end([status, ...lines, '', body].join('\r\n'));
  setTimeout(() => socket.destroy(), closeAfterMs).unref();
}

/** Answers a request that is under way, and closes its connection. */
export function answerRefused(response: ServerResponse, refusal: Refusal): void {
  const { headers, body } = problemOf(refusal);
  response.writeHead(refusal.status, headers).end(body);
}

function problemOf({ status, detail }: Refusal) {
  const body = JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
  });
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  return { headers, body };
}
