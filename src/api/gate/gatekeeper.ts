import { IncomingMessage, type RequestListener, ServerResponse, STATUS_CODES } from 'node:http';
import { isIPv4, Socket } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { ServingMetrics } from '../metrics.js';
import { ProblemError } from '../problem.js';
import { idHeader, requestId } from '../request-log.js';
import type { Route } from '../route.js';
import type { AccessKey, AccessKeys } from './access-keys.js';
import { admission } from './admission.js';
import { Overload, type OverloadLimits } from './overload.js';

/** Who is let in, and how much. */
export interface GateOptions {
  /** Null lets everybody do everything. */
  readonly keys: AccessKeys | null;
  /** Whether the server is reached from its own machine alone. */
  readonly isLoopback: boolean;
  /** Whether the headers of one proxy in front say who asks. */
  readonly trustProxy: boolean;
  /** Requests of one client in a minute; 0 for any number. */
  readonly requestsPerMinute: number;
  readonly overload?: OverloadLimits;
}

/** Nothing but what a server on the own machine needs. */
export const openGate: GateOptions = {
  ...{ keys: null, isLoopback: true, trustProxy: false, requestsPerMinute: 0 },
};

/** Whether only the own machine reaches an address to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** How long a request may take to be answered, and one that exchanges a model or computes over all users or items. */
const answerTimeoutMs = { usual: 5_000, long: 300_000 } as const;
/** How often it is looked for requests that take longer: a timer for each would cost more. */
const sweepMs = 250;

/** What the metrics call the route of what is refused before it is looked for. */
const noRoute = 'none';

/** A request that is being answered. */
interface Begun {
  readonly at: number;
  readonly timeoutMs: number;
  giveUp(): void;
}

/** What stands before every route: it measures, and refuses what may not or cannot be answered. */
export class Gatekeeper {
  readonly overload: Overload;
  readonly #options: GateOptions;
  readonly #metrics: ServingMetrics;
  readonly #clients = new WeakMap<Request, AccessKey>();
  readonly #limiter: RequestHandler | null;
  readonly #begun = new Set<Begun>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: GateOptions, metrics: ServingMetrics) {
    this.#options = options;
    this.#metrics = metrics;
    this.overload = new Overload(options.overload);
    this.#limiter = options.requestsPerMinute > 0 ? this.#rateLimit() : null;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  get trustsProxy(): boolean {
    return this.#options.trustProxy;
  }

  /** Headers for every answer. */
  headers(): RequestHandler {
    return helmet({
      // Whether there is TLS is the proxy's to say.
      strictTransportSecurity: false,
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          objectSrc: ["'none'"],
        },
      },
    });
  }

  /** An application that is asked for no more than it can answer: what is too much is refused before it is reached. */
  inFrontOf(app: RequestListener): RequestListener {
    const headers = Object.entries({ ...headersOf(this.headers()), ...refusal.headers }).flat();
    return admission(app, this.overload, (request, response, reason) => {
      const begin = performance.now();
      response.writeHead(503, [...headers, idHeader, requestId(request)]).end(refusal.body);
      this.#metrics.shed(reason);
      const seconds = (performance.now() - begin) / 1000;
      this.#metrics.request(request.method ?? '', noRoute, 503, seconds);
    });
  }

  /** The guards of one route, in order; they run before its body is read. */
  of(route: Route): RequestHandler[] {
    const measure = this.#measure(route);
    if (route.scope === 'public') return [measure];
    return [
      measure,
      this.#host,
      ...(route.scope === 'write' ? [this.#origin] : []),
      this.#identify,
      ...(this.#limiter === null ? [] : [this.#limiter]),
      this.#authorise(route.scope),
      this.#timeout(route.isLong ? 'long' : 'usual'),
    ];
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.overload.close();
  }

  #measure(route: Route): RequestHandler {
    return (request, response, next) => {
      const begin = performance.now();
      response.once('close', () => {
        const seconds = (performance.now() - begin) / 1000;
        this.#metrics.request(request.method, route.path, response.statusCode, seconds);
        const source = response.locals.logged?.source;
        if (typeof source === 'string') this.#metrics.recommended(source);
      });
      next();
    };
  }

  /**
   * A page of another origin can point its own name at this machine and so read what a browser here may read.
   * Where no key is needed, only names of this machine are answered.
   */
  readonly #host: RequestHandler = (request, _response, next) => {
    const { keys, isLoopback: isLocal, trustProxy } = this.#options;
    if (keys === null && isLocal && !trustProxy) {
      const name = (request.headers.host ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
      if (!isLoopback(name.toLowerCase())) {
        throw new ProblemError(
          403,
          'this server answers to localhost alone; behind a proxy, start it with --trust-proxy or with keys',
          { code: 'E_HOST' },
        );
      }
    }
    next();
  };

  /** Pages of other origins may not write, whoever's browser they run in. */
  readonly #origin: RequestHandler = (request, _response, next) => {
    const site = request.get('Sec-Fetch-Site');
    const origin = request.get('Origin');
    const isForeign =
      site === undefined
        ? origin !== undefined && hostOf(origin) !== request.host
        : site !== 'same-origin' && site !== 'none';
    if (isForeign) {
      throw new ProblemError(403, 'a page of another origin may not write here', {
        code: 'E_ORIGIN',
      });
    }
    next();
  };

  readonly #identify: RequestHandler = (request, response, next) => {
    const given = presentedKey(request);
    const client = given === null ? null : (this.#options.keys?.find(given) ?? null);
    if (client !== null) {
      this.#clients.set(request, client);
      response.locals.client = client.name;
    }
    next();
  };

  #authorise(scope: 'read' | 'write'): RequestHandler {
    return (request, _response, next) => {
      if (this.#options.keys === null) {
        next();
        return;
      }
      const client = this.#clients.get(request);
      if (client === undefined) {
        const problem = presentedKey(request) === null ? 'a key is needed' : 'the key is unknown';
        throw new ProblemError(401, `${problem}; send it as \`Authorization: Bearer KEY\``, {
          code: 'E_KEY',
          headers: { 'WWW-Authenticate': 'Bearer realm="multvae"' },
        });
      }
      if (scope === 'write' && client.scope === 'read') {
        throw new ProblemError(
          403,
          'this key may read; what was asked for needs one that may write',
          {
            code: 'E_SCOPE',
          },
        );
      }
      next();
    };
  }

  #timeout(kind: keyof typeof answerTimeoutMs): RequestHandler {
    const timeoutMs = answerTimeoutMs[kind];
    return (request, response, next) => {
      const giveUp = () => {
        if (response.headersSent) return;
        request.log.warn({ timeoutMs }, 'gave up');
        next(unavailable(`there was no answer within ${timeoutMs / 1000} s`, 'E_TIMEOUT'));
      };
      const begun = { at: performance.now(), timeoutMs, giveUp };
      this.#begun.add(begun);
      response.once('close', () => this.#begun.delete(begun));
      next();
    };
  }

  #sweep(): void {
    const now = performance.now();
    for (const begun of this.#begun) {
      if (now - begun.at < begun.timeoutMs) continue;
      this.#begun.delete(begun);
      begun.giveUp();
    }
  }

  #rateLimit(): RequestHandler {
    const { requestsPerMinute } = this.#options;
    return rateLimit({
      windowMs: 60_000,
      limit: requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      keyGenerator: (request) =>
        this.#clients.get(request)?.name ?? ipKeyGenerator(request.ip ?? 'unknown'),
      handler: (_request, _response, next) => {
        const detail = `more than ${requestsPerMinute} requests in a minute; Retry-After says when to go on`;
        next(new ProblemError(429, detail, { code: 'E_RATE' }));
      },
    });
  }
}

const refusalBody = JSON.stringify({
  ...{ type: 'about:blank', title: STATUS_CODES[503], status: 503 },
  ...{ detail: 'the server is too busy; try again in a second', code: 'E_OVERLOAD' },
});

/** What a request that is too much is told; made once, since there is no time for more. */
const refusal = {
  body: refusalBody,
  headers: {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(refusalBody.length),
    'Retry-After': '1',
  },
};

/** The headers that a handler gives to every answer alike. */
function headersOf(handler: RequestHandler): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  handler(request as Request, response as Response, () => undefined);
  return response.getHeaders() as Record<string, string>;
}

function unavailable(detail: string, code: string): ProblemError {
  return new ProblemError(503, detail, { code, headers: { 'Retry-After': '1' } });
}

function presentedKey(request: Request): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return bearer?.[1] ?? null;
}

/** Null for what is no origin, such as `null`. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
