/** Several serving processes of which one is killed, and one stopped: sums never fall, no client waits for ever. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const children = (pid: number) => `/proc/${pid}/task/${pid}/children`;
const patient = { timeout: 60_000, interval: 50 };

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
/** What a test that fails leaves. */
const started: ChildProcess[] = [];
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await served.close();
});

async function serve(
  workers: number,
  maxSilenceMs: number,
  { requestsPerMinute = 0, countPatienceMs = 250 } = {},
) {
  const words = [served.home, workers, maxSilenceMs, requestsPerMinute, countPatienceMs];
  const child = spawn(process.execPath, ['test/fixtures/serve-several.mjs', ...words.map(String)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'exit');
  let url = '';
  for await (const line of createInterface(child.stdout)) {
    url = /^serving .* on (\S+)$/.exec(line)?.[1] ?? url;
    if (line.startsWith('curl')) break;
  }
  expect(url, err).not.toBe('');
  // Only the processes of the cluster: the loader has one of its own.
  const processes = () =>
    readFileSync(children(child.pid!), 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/environ`, 'latin1').includes('NODE_UNIQUE_ID='));
  return { child, url, exited, processes, err: () => err };
}

/** Asks over a connection of its own, so that the connections go to all processes in turn. */
const ask = (url: string) => fetch(url, { headers: { Connection: 'close' } });

async function requestsCounted(url: string): Promise<number | null> {
  const response = await ask(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) return null;
  const lines = text.matchAll(/^multvae_http_request_duration_seconds_count\{.*users.*\} (\d+)$/gm);
  return [...lines].reduce((total, [, count]) => total + Number(count), 0);
}

async function servingProcesses(url: string): Promise<number> {
  const text = await (await ask(`${url}/metrics`)).text();
  return Number(/^multvae_serving_processes (\d+)$/m.exec(text)?.[1]);
}

describe.skipIf(!existsSync(children(process.pid)))(
  'several processes (where /proc lists them)',
  () => {
    it('keep their sums and their clients when one is killed and one is stopped', async () => {
      const { child, url, exited, processes, err } = await serve(2, 10_000);
      for (let k = 0; k < 30; k++) expect((await ask(`${url}/users/1`)).status).toBe(200);
      expect(await requestsCounted(url)).toBe(30);

      process.kill(processes()[0]!, 'SIGKILL');
      await vi.waitFor(() => expect(err()).toMatch(/ended \(SIGKILL\)/), patient);
      expect(await requestsCounted(url)).toBe(30);
      await vi.waitFor(async () => expect(await servingProcesses(url)).toBe(2), patient);
      for (let k = 0; k < 10; k++) expect((await ask(`${url}/users/1`)).status).toBe(200);
      const before = (await requestsCounted(url))!;
      expect(before).toBe(40);

      const stopped = processes()[0]!;
      process.kill(stopped, 'SIGSTOP');
      const scrapes = await Promise.allSettled(
        Array.from({ length: 4 }, async () => {
          const response = await ask(`${url}/metrics`);
          return [response.status, ((await response.json()) as { detail: string }).detail] as const;
        }),
      );
      // One went to the stopped process, whose end closed it; the others would have been sums without that process.
      const answered = scrapes.flatMap((scrape) =>
        scrape.status === 'fulfilled' ? [scrape.value] : [],
      );
      expect(answered.length).toBeGreaterThanOrEqual(3);
      for (const [status, detail] of answered) {
        expect(status).toBe(503);
        expect(detail).toContain(`serving process ${stopped} did not report`);
      }
      await vi.waitFor(
        () => expect(err()).toMatch(/has not answered for 10 s and is killed/),
        patient,
      );
      await vi.waitFor(async () => expect(await requestsCounted(url)).toBe(before), patient);
      await vi.waitFor(async () => expect(await servingProcesses(url)).toBe(2), patient);
      expect(processes()).not.toContain(stopped);
      expect(await (await ask(`${url}/metrics`)).text()).toMatch(
        /^multvae_replaced_processes_total\{reason="stuck"\} [1-9]$/m,
      );
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    });

    it('have one rate limit, and do not wait for a supervisor that is stopped', async () => {
      const { child, url, exited, processes, err } = await serve(2, 60_000, {
        requestsPerMinute: 20,
        // The supervisor of a busy machine may take its time; the library's own limit is a second.
        countPatienceMs: 900,
      });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const begun = performance.now();
      // Counts are forgotten after a minute: a machine that takes longer shows nothing.
      const areKept = () => performance.now() - begun < 55_000;
      const areShared = () => areKept() && !/does not count requests/.test(err());
      const kept = () => statusOf(`${url}/users/1`, agent);
      const statuses = [await kept()];
      const refused: (number | undefined)[] = [];
      // Each process gets every other connection, so each counts half of these.
      while (statuses.length < 20) statuses.push((await ask(`${url}/users/1`)).status);
      expect(statuses).toEqual(statuses.map(() => 200));
      for (let k = 0; k < 4; k++) refused.push((await ask(`${url}/users/1`)).status);
      refused.push(await kept());
      if (areShared()) expect(refused).toEqual(refused.map(() => 429));

      // A process that follows another goes on with the same counts.
      process.kill(processes()[0]!, 'SIGKILL');
      await vi.waitFor(() => expect(err()).toMatch(/ended \(SIGKILL\)/), patient);
      await vi.waitFor(() => expect(processes()).toHaveLength(2), patient);
      for (let k = 0; k < 4; k++) refused.push((await ask(`${url}/users/1`)).status);
      if (areShared()) expect(refused).toEqual(refused.map(() => 429));

      const other = new Agent({ keepAlive: true, maxSockets: 1 });
      expect(await statusOf(`${url}/health/live`, other)).toBe(200);
      child.kill('SIGSTOP');
      // The process counted at most 20 itself, so it decides by its own count.
      expect([200, 429]).toContain(await statusOf(`${url}/users/1`, other));
      child.kill('SIGCONT');
      await vi.waitFor(() => {
        expect(err()).toMatch(/the supervisor does not count requests \(no answer within /);
      }, patient);
      await vi.waitFor(async () => {
        const status = await statusOf(`${url}/users/1`, other);
        expect(err()).toMatch(/the supervisor counts requests again, for all processes/);
        if (areKept()) expect(status).toBe(429);
      }, patient);
      agent.destroy();
      other.destroy();
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    });
  },
);

/** Asks over the connection of an agent. */
function statusOf(url: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });
}
