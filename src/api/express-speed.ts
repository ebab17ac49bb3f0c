/**
 * Two measures that make answers cheaper than a plain `http.createServer(app)`; without them answers are the same.
 *
 * A cached answer of 14 kB took 280 µs of CPU time, kernel included. With `expressMessages` it took 180 µs; with
 * `startInGroups`, and one timer for all deadlines (`gate/deadline.ts`), 105 µs (docs/performance.md, "Serving").
 */

import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Express, Request } from 'express';
import type { Overload } from './gate/overload.js';
import type { Shed } from './gate/shed.js';

/** The classes of a server's requests and responses. */
export interface MessageClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}

/**
 * Classes whose objects have an Express application's prototypes from the start.
 *
 * Express replaces the prototypes of each request and response that comes in. V8 then forgets what it knows of their
 * shapes, and everything that Express and Node do with them becomes several times slower (a reply of 13 kB: 130 µs
 * instead of 35, on Node 20). Where the prototypes are right already, Express changes nothing.
 */
export function expressMessages(app: Express): MessageClasses {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  app.request = AppRequest.prototype as Express['request'];
  app.response = AppResponse.prototype as unknown as Express['response'];
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** Requests that start in one turn of the event loop. A refusal waits at most for these. */
const groupSize = 8;

/**
 * While new connections arrive, no request starts in the first 10 ms of every 15. A turn of the event loop accepts a
 * single connection (libuv since 1.46), so that turns of the usual length keep hundreds of connections waiting.
 *
 * `npm run soak -- overload=1500` on AMD EPYC, two runs each: the 99th percentile of a refusal is 11 and 12 ms with the
 * pause, 164 and 174 ms without it. The answers per second are the same (13,325 and 12,767; 12,751 and 12,655).
 */
const acceptingMs = 10;
const cycleMs = 15;

/**
 * Starts requests in the order of their arrival, a few in each turn of the event loop, and sheds those that are too
 * many as soon as they are read. Health checks do not wait.
 *
 * Requests of one turn are thus read together and answered together, which saves turns; and while an overloaded server
 * works, it still reads, so that refusals come within milliseconds (docs/operations.md, "Overload").
 */
export function startInGroups(
  handler: RequestListener,
  { overload, shed }: { readonly overload: Overload; readonly shed: Shed },
): RequestListener {
  const waiting: { request: IncomingMessage; response: ServerResponse }[] = [];
  const known = new WeakSet<Socket>();
  let hasNewConnection = false;
  let isScheduled = false;

  function startGroup(): void {
    if (!hasNewConnection || performance.now() % cycleMs > acceptingMs) {
      for (const { request, response } of waiting.splice(0, groupSize)) {
        // The client may have gone meanwhile.
        if (!response.destroyed) handler(request, response);
      }
    }
    hasNewConnection = false;
    isScheduled = waiting.length > 0;
    if (isScheduled) setImmediate(startGroup);
  }

  return (request, response) => {
    if (!known.has(request.socket)) {
      known.add(request.socket);
      hasNewConnection = true;
    }
    if (request.url?.startsWith('/health/')) {
      handler(request, response);
      return;
    }
    const reason = overload.enter();
    if (reason !== null) {
      shed(request, response, reason);
      return;
    }
    response.once('close', () => {
      const work = (request as Partial<Request>).multvae?.work;
      if (work) overload.giveUp(work);
      else overload.leave();
    });
    waiting.push({ request, response });
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(startGroup);
  };
}
