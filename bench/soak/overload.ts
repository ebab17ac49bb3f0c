/** Soak test: more requests than a server can answer. */

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atEnd } from './cleanup.js';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

/** Milliseconds from sending a request to the head of its answer. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The share of answers within 20 ms, 0 to 1. */
  readonly within20Ms: number;
}

/** The result of the overload. */
export interface OverloadOutcome {
  readonly clients: number;
  /** The number of answers by status. */
  readonly answers: Readonly<Record<number, number>>;
  /** The number of requests without an answer, by cause. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers with 200 per second. */
  readonly perSecond: number;
  readonly served: Latency;
  readonly shed: Latency;
  /** Milliseconds from the end of the overload to the last answer other than 200; 16 clients stay. */
  readonly recoveryMs: number;
  /** The delay of the clients' own event loop in ms; every latency includes it. */
  readonly clientLateP99Ms: number;
  /** The number of requests that the server refused, by reason, from its metrics. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Health checks during the test; `unhealthy` counts those without a 200. */
  readonly healthChecks: number;
  readonly unhealthy: number;
}

/** Overloads a server with clients in another process. Then all but 16 clients leave. */
export async function overload(
  clients: number,
  seconds = 10,
  flags: readonly string[] = [],
): Promise<OverloadOutcome> {
  const { home, remove } = await soakHome(1);
  const server = await startServer(home, flags);
  const file = fileURLToPath(new URL('overload-client.ts', import.meta.url));
  const words = [new URL(server.url).port, clients, seconds, users].map(String);
  let isOver = false;
  const load = promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...words]);
  const kill = atEnd(() => void load.child.kill('SIGKILL'));
  load.child.once('exit', () => {
    isOver = true;
    kill();
  });
  let healthChecks = 0;
  let unhealthy = 0;
  while (!isOver) {
    const { status } = await fetch(`${server.url}/health/live`);
    healthChecks++;
    if (status !== 200) unhealthy++;
    await delay(100);
  }
  const { stdout } = await load;
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  server.process.kill('SIGTERM');
  await server.exited;
  remove();
  const reasons = Object.fromEntries(
    Array.from(
      metrics.matchAll(/^multvae_shed_requests_total\{reason="(\w+)"\} (\d+)$/gm),
      ([, reason, count]) => [reason, Number(count)],
    ),
  );
  return { ...JSON.parse(stdout), reasons, healthChecks, unhealthy };
}
