/** An HTTP server with limits, that drains before it stops. */

import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AddressError } from '../errors.js';
import type { MessageClasses } from './express-speed.js';
import { answerRefused, type Connection, endRefused, refuse } from './unreadable-request.js';

/** A server that accepts requests. */
export interface RunningServer {
  readonly port: number;
  /** The address for clients on this machine, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Stops accepting connections, and closes each open one after its last answer. Requests under way are finished, and
   * so are those that arrive on open connections within half a second.
   *
   * @param timeoutMs - connections that remain after this are cut
   * @returns how many were cut
   */
  drain(timeoutMs: number): Promise<number>;
}

/** Default of `arrivalTimeoutMs`. */
const usualArrivalMs = 5_000;
/** Longer than proxies keep an idle connection: they close it first, so no request gets lost. */
const keepAliveMs = 75_000;

/** A connection that looks idle may have a request on its way, so draining waits this long for it. */
const lingerMs = 500;

/** Connections that may wait to be accepted; the kernel's own limit (net.core.somaxconn) holds too. */
const backlog = 4096;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Classes of the handler's requests and responses. Default: Node's own. */
  readonly classes?: Partial<MessageClasses>;
  /** A request that has not arrived whole after this time is refused with 408. Default: 5 s. */
  readonly arrivalTimeoutMs?: number;
}

/**
 * Starts an HTTP server that drains politely.
 *
 * @throws AddressError when the server cannot listen on the address
 */
export async function listen(
  handler: RequestListener,
  { host, port, classes = {}, arrivalTimeoutMs = usualArrivalMs }: ListenOptions,
): Promise<RunningServer> {
  const server = createServer(
    {
      ...classes,
      requestTimeout: arrivalTimeoutMs,
      headersTimeout: arrivalTimeoutMs,
      connectionsCheckingInterval: arrivalTimeoutMs / 5,
      maxHeaderSize: 16_384,
      // `plainRequest` refuses a request without one, with a body that says so.
      requireHostHeader: false,
      keepAliveTimeout: keepAliveMs,
    },
    handler,
  );
  // Node drops headers after the 2,000th in silence. The size of the head limits them anyway.
  server.maxHeadersCount = 0;
  const connections = new Map<Duplex, Connection>();
  let draining = false;

  server.on('connection', (socket) => {
    const connection: Connection = {
      underWay: new Set(),
      last: null,
      refusal: null,
      isRefused: false,
    };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      // Node closes the response whose turn it is, but not those of pipelined requests behind it.
      for (const response of connection.underWay) response.destroy().emit('close');
    });
  });
  const follow: RequestListener = ({ socket }, response) => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    const { underWay } = connection;
    underWay.add(response);
    connection.last = response;
    if (draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      underWay.delete(response);
      // Kept connections are many, so they hold no more than they must.
      if (connection.last === response && response.req.complete) connection.last = null;
      endRefused(socket, connection);
      if (draining && underWay.size === 0) socket.destroySoon();
    });
  };
  server.prependListener('request', follow);
  server.on('checkExpectation', (request, response) => {
    follow(request, response);
    answerRefused(response, { status: 417, detail: 'the only expectation is 100-continue' });
  });

  // Node does not count a connection that has not sent a request yet as idle.
  const closeIdle = () => {
    for (const [socket, { underWay }] of connections) if (underWay.size === 0) socket.destroy();
  };

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const connection = connections.get(socket);
    const isGone = error.code === 'ECONNRESET' || (!socket.writable && !connection?.isRefused);
    if (connection === undefined || isGone) socket.destroy();
    else refuse(error, socket as Socket, connection);
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(addressError(error, host, port)));
    server.listen({ port, host, backlog }, resolve);
  });
  const address = server.address() as AddressInfo;

  return {
    port: address.port,
    url: `http://${reachableHost(address)}:${address.port}`,
    drain: (timeoutMs) =>
      new Promise((resolve) => {
        draining = true;
        let cut = 0;
        const timers = [
          setTimeout(closeIdle, Math.min(lingerMs, timeoutMs)),
          setTimeout(() => {
            cut = connections.size;
            server.closeAllConnections();
          }, timeoutMs),
        ];
        // http.Server.close would cut idle connections at once; net.Server.close does not.
        NetServer.prototype.close.call(server, () => {
          timers.forEach(clearTimeout);
          resolve(cut);
        });
        for (const { underWay } of connections.values()) {
          for (const response of underWay) {
            if (!response.headersSent) response.setHeader('Connection', 'close');
          }
        }
      }),
  };
}

/** An unspecified address such as 0.0.0.0 accepts from everywhere, but clients cannot send to it. */
function reachableHost({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return family === 'IPv6' ? `[${address}]` : address;
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; choose another --port, or 0 for any free one',
  EACCES: 'this user may not listen there; choose a --port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address; choose another --host',
  ENOTFOUND: 'no such host is known; choose another --host',
};

function addressError(error: NodeJS.ErrnoException, host: string, port: number): AddressError {
  const remedy = remedies[error.code ?? ''] ?? `${error.message}; choose another --host or --port`;
  return new AddressError(`cannot listen on ${host}, port ${port}: ${remedy}`, { cause: error });
}
