/** Soak test: random requests to every route. */

import fc from 'fast-check';
import { soakHome } from './home.js';
import { startServer } from './server.js';

const inFlight = 16;

/** The result of fuzzing. */
export interface FuzzOutcome {
  readonly routes: number;
  readonly requests: number;
  /** The number of answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** The number of 503 answers by their code. */
  readonly unavailable: Readonly<Record<string, number>>;
  /** Answers with 5xx other than 503. */
  readonly unexpected: readonly string[];
  /** Error answers that are not problem+json, and failed requests. */
  readonly malformed: readonly string[];
  readonly crashes: number;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Sends requests from valid to absurd to every route of the server's OpenAPI document. */
export async function fuzz(perRoute: number, seed = 1): Promise<FuzzOutcome> {
  const { home, runs, remove } = await soakHome(2);
  const server = await startServer(home);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  const statuses: Record<number, number> = {};
  const unavailable: Record<string, number> = {};
  const unexpected: string[] = [];
  const malformed: string[] = [];
  let routes = 0;
  let requests = 0;
  let crashes = 0;
  server.process.once('exit', () => crashes++);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      routes++;
      const made = fc.sample(requestTo(path, method, operation, runs), { numRuns: perRoute, seed });
      const send = async () => {
        for (let next = made.pop(); next !== undefined && crashes === 0; next = made.pop()) {
          const label = `${method} ${next.address} ${String(next.body).slice(0, 200)}`;
          try {
            const response = await fetch(server.url + next.address, {
              method: method.toUpperCase(),
              headers: next.headers,
              ...(next.body !== undefined && { body: next.body }),
            });
            const text = await response.text();
            requests++;
            const { status } = response;
            statuses[status] = (statuses[status] ?? 0) + 1;
            if (status >= 500 && status !== 503) unexpected.push(`${status} ${label}`);
            const type = response.headers.get('content-type') ?? '';
            if (status === 503) {
              const { code = 'none' } = JSON.parse(text) as { code?: string };
              unavailable[code] = (unavailable[code] ?? 0) + 1;
            }
            if (status >= 400 && !isProblem(type, text, status))
              malformed.push(`${status} ${label}`);
          } catch (error) {
            malformed.push(`${String((error as Error).cause ?? error)} ${label}`);
          }
        }
      };
      await Promise.all(Array.from({ length: inFlight }, send));
    }
  }
  const died = crashes;
  server.process.kill('SIGTERM');
  const [code] = await server.exited;
  remove();
  return {
    routes,
    requests,
    statuses,
    unavailable,
    unexpected: unexpected.slice(0, 20),
    malformed: malformed.slice(0, 20),
    crashes: died + (code === 0 ? 0 : 1),
  };
}

function isProblem(type: string, text: string, status: number): boolean {
  if (!type.startsWith('application/problem+json')) return false;
  const problem = JSON.parse(text) as { status?: unknown; detail?: unknown };
  return problem.status === status && typeof problem.detail === 'string';
}

const anything = fc.string({ unit: 'binary', maxLength: 30 });

function requestTo(
  path: string,
  method: string,
  { parameters = [] }: Operation,
  runs: readonly string[],
) {
  const segment = fc.oneof(
    fc.constantFrom('1', '7', '119', 'nobody', '..', '%', '%00', '%ff', '%2F', '', ...runs),
    anything.map((text) => encodeURIComponent(text)),
    fc.string({ maxLength: 600 }).map(encodeURIComponent),
  );
  const value = fc.oneof(
    fc.constantFrom('0', '1', '-1', '10', '1000', '1001', '0.5', '1e3', 'NaN', 'true', 'false', ''),
    fc.constantFrom('Drama', 'none', 'popularity', '__proto__', ...runs),
    fc.integer().map(String),
    anything,
  );
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names, 'n') },
    { weight: 1, arbitrary: anything },
  );
  const address = fc
    .tuple(
      fc.array(segment, { minLength: 3, maxLength: 3 }),
      fc.array(fc.tuple(name, value), { maxLength: 4 }),
    )
    .map(([segments, query]) => {
      const filled = path.replace(/\{\w+\}/g, () => segments.pop()!);
      const search = new URLSearchParams(
        query.map(([key, text]): [string, string] => [key, text]),
      ).toString();
      return search === '' ? filled : `${filled}?${search}`;
    });
  const odd = fc.record(
    {
      'Content-Type': fc.constantFrom(
        'application/json',
        'application/json; charset=utf-8',
        'text/plain',
        'nonsense',
      ),
      'X-Request-Id': fc.string({ maxLength: 200 }).map((text) => encodeURIComponent(text)),
      Authorization: fc.constantFrom('Bearer x', 'Basic eDp5', 'Bearer'),
      Origin: fc.constantFrom('http://evil.example', 'null'),
      'Content-Encoding': fc.constantFrom('gzip', 'identity', 'nonsense'),
    },
    { requiredKeys: [] },
  );
  const headers = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ 'Content-Type': 'application/json' }) },
    { weight: 1, arbitrary: odd },
  );
  const likeAnEvent = fc.record(
    {
      key: fc.oneof(anything, fc.constantFrom('k', '')),
      userId: fc.oneof(anything, fc.constantFrom('1', '')),
      itemId: fc.oneof(anything, fc.constantFrom('7', '')),
      rating: fc.oneof(fc.double(), fc.integer({ min: -1, max: 6 }), fc.constant(null)),
      timestamp: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
    },
    { requiredKeys: [] },
  );
  const likeAProfile = fc.record(
    {
      items: fc.array(fc.oneof(anything, fc.constantFrom('1', '2', '3')), { maxLength: 20 }),
      n: fc.oneof(fc.integer(), fc.constantFrom(1, 10, '5')),
      genre: fc.oneof(fc.array(anything), fc.constant(['Drama'])),
      diversity: fc.double(),
      explore: fc.double(),
      explain: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const json = fc.oneof(
    likeAnEvent,
    fc.array(likeAnEvent, { maxLength: 5 }).map((events) => ({ events })),
    likeAProfile,
    fc.jsonValue(),
  );
  const body = fc.oneof(
    { weight: 8, arbitrary: json.map((something) => JSON.stringify(something)) },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constantFrom('{', '[[[[', '"\\ud800"', `[${'['.repeat(5000)}`) },
  );
  const withBody = method === 'get' ? fc.constant(undefined) : fc.option(body, { nil: undefined });
  return fc.record({ address, headers, body: withBody });
}
