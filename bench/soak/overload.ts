/** Soak test: more requests than a server can answer. */

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

/** ms from the sending of a request to the head of its answer. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The part that came within 20 ms. */
  readonly within20Ms: number;
}

/** What came of too many requests. */
export interface OverloadOutcome {
  readonly clients: number;
  /** By status. */
  readonly answers: Readonly<Record<number, number>>;
  /** By cause: what was no answer. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers with 200 in a second. */
  readonly perSecond: number;
  readonly served: Latency;
  readonly shed: Latency;
  /** From the end of the load, but for 16 clients, to the last answer that was not 200. */
  readonly recoveryMs: number;
  /** How late the clients' own event loop was, which is in every latency. */
  readonly clientLateP99Ms: number;
  /** What the server says it refused, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Health checks meanwhile, and those that were not answered with 200. */
  readonly healthChecks: number;
  readonly unhealthy: number;
}

/** Lets clients ask for more than the server can give, from a process of their own, and then all but 16 leave. */
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
  const load = promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...words]).finally(
    () => {
      isOver = true;
    },
  );
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
