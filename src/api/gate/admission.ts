import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Overload, ShedReason } from './overload.js';

/** Answers a request that is not taken on. */
export type Refusal = (
  request: IncomingMessage,
  response: ServerResponse,
  reason: ShedReason,
) => void;

/** Requests that are begun in one turn of the event loop: what is refused waits for them. */
const begunAtOnce = 8;
/**
 * While connections come, none is begun for the first 10 ms of every 15. A turn of the event loop takes in a single
 * connection (libuv since 1.46); were it of the usual length, hundreds of them would wait unseen, for seconds.
 */
const [takingInMs, cycleMs] = [10, 15];

/**
 * What stands in front of a handler of requests: it begins them in the order in which they came, a few in each turn of
 * the event loop, and refuses those that are too many as soon as they are read. Health checks do not wait.
 */
export function admission(
  handler: RequestListener,
  overload: Overload,
  refuse: Refusal,
): RequestListener {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  const known = new WeakSet<Socket>();
  /** Whether a connection came in this turn. */
  let areComing = false;
  let isBeginning = false;

  function begin(): void {
    if (!areComing || performance.now() % cycleMs > takingInMs) {
      for (const [request, response] of waiting.splice(0, begunAtOnce)) {
        // Whoever asked may have gone.
        if (!response.destroyed) handler(request, response);
      }
    }
    areComing = false;
    isBeginning = waiting.length > 0;
    if (isBeginning) setImmediate(begin);
  }

  return (request, response) => {
    if (!known.has(request.socket)) {
      known.add(request.socket);
      areComing = true;
    }
    if (request.url?.startsWith('/health/')) {
      handler(request, response);
      return;
    }
    const reason = overload.enter();
    if (reason !== null) {
      refuse(request, response, reason);
      return;
    }
    response.once('close', () => overload.leave());
    waiting.push([request, response]);
    if (isBeginning) return;
    isBeginning = true;
    setImmediate(begin);
  };
}
