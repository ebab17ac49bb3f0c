/**
 * Loads a server from a process of its own and prints JSON: `load.ts URL CONNECTIONS SECONDS USERS [REQUESTS]`.
 *
 * Each connection requests 100 items for its own share of the users 0 to USERS-1, one after the other. The load ends
 * after REQUESTS answers if given, otherwise after SECONDS.
 */

import autocannon from 'autocannon';

const [url = '', connections = 1, seconds = 1, users = 1, amount] = process.argv
  .slice(2)
  .map((word, k) => (k === 0 ? word : Number(word))) as [string, ...number[]];

let client = 0;
const result = await autocannon({
  url,
  connections,
  ...(amount ? { amount } : { duration: seconds }),
  timeout: 30,
  setupClient: (connection) => {
    const share = Math.max(1, Math.floor(users / connections));
    const first = (client++ * share) % users;
    connection.setRequests(
      Array.from({ length: share }, (_, k) => ({
        method: 'GET' as const,
        path: `/recommend/${(first + k) % users}?n=100`,
      })),
    );
  },
});
const { latency, requests, errors, non2xx, throughput, duration } = result;
process.stdout.write(
  JSON.stringify({
    perSecond: requests.total / duration,
    total: requests.total,
    p50: latency.p50,
    p99: latency.p99,
    max: latency.max,
    errors,
    non2xx,
    mbPerSecond: throughput.average / 1e6,
  }),
);
