/** Soak test: the memory of a server over many requests. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

const readers = 32;
const samples = 20;

/** The result of the memory test. */
export interface MemoryOutcome {
  readonly requests: number;
  readonly perSecond: number;
  /** Resident MiB after a fifth of the requests; `lateMiB` is at the end. */
  readonly earlyMiB: number;
  readonly lateMiB: number;
  /** Slope of a least-squares line over the last four fifths. */
  readonly slopeMiBPer100k: number;
  readonly slopeError: number;
  readonly errors: number;
  readonly cores: number;
}

/** Requests recommendations, stores feedback once in a thousand requests, and watches the server's memory. */
export async function memory(
  requests: number,
  flags: readonly string[] = [],
): Promise<MemoryOutcome> {
  const { home, remove } = await soakHome(1);
  const server = await startServer(home, flags);
  const points: [number, number][] = [];
  let asked = 0;
  let errors = 0;
  let nextSample = 0;
  const begin = performance.now();
  const ask = async () => {
    while (asked < requests) {
      const k = asked++;
      if (k >= nextSample) {
        nextSample += requests / samples;
        points.push([k, residentMiB(server.process.pid!)]);
      }
      const response = await fetch(...question(server.url, k));
      await response.arrayBuffer();
      if (!response.ok) errors++;
    }
  };
  await Promise.all(Array.from({ length: readers }, ask));
  points.push([requests, residentMiB(server.process.pid!)]);
  const seconds = (performance.now() - begin) / 1000;
  server.process.kill('SIGTERM');
  await server.exited;
  remove();
  const settled = points.filter(([k]) => k >= requests / 5);
  const { slope, error } = regression(settled);
  return {
    requests,
    perSecond: Math.round(requests / seconds),
    errors,
    earlyMiB: settled[0]![1],
    lateMiB: settled.at(-1)![1],
    slopeMiBPer100k: Number((slope * 100_000).toFixed(3)),
    slopeError: Number((error * 100_000).toFixed(3)),
    cores: availableParallelism(),
  };
}

function question(url: string, k: number): [string, RequestInit?] {
  if (k % 1000 === 1) {
    const body = JSON.stringify({ key: `m${k}`, userId: `${k % users}`, itemId: `${k % 120}` });
    const headers = { 'Content-Type': 'application/json' };
    return [`${url}/feedback`, { method: 'POST', headers, body }];
  }
  return [`${url}/recommend/${(k * 7) % (users + 5)}?n=100`];
}

function residentMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return Math.round(Number(kib) / 102.4) / 10;
}

/** The slope of the least-squares line, and its standard error. */
function regression(points: readonly (readonly [number, number])[]) {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / Math.max(1, n - 2) / sxx) };
}
