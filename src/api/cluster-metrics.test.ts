/** Sums over several processes: they never fall, and a sum without a process is none. */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProcess } from '../../test/fixtures/serving-process.js';
import { UnavailableError } from '../errors.js';
import {
  ClusterMetrics,
  type ServingMessage,
  type SupervisorMessage,
  shareMetrics,
  tellSupervisor,
} from './cluster-metrics.js';
import { ServingMetrics } from './metrics.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A process with metrics of its own, which it reports when it is asked or told to. */
class CountingProcess extends FakeProcess {
  readonly metrics = new ServingMetrics();

  constructor(sums: ClusterMetrics) {
    super();
    this.answer = async (message) => {
      if (!('report' in message) || this.isStopped) return;
      this.tell({ reportOf: message.report, metrics: await this.#own() });
    };
    sums.listenTo(this);
    this.tell({ serving: [] });
  }

  count(requests: number): void {
    for (let k = 0; k < requests; k++) this.metrics.request('GET', '/users/:userId', 200, 0.001);
  }

  async reports(): Promise<void> {
    this.tell({ counted: await this.#own() });
  }

  async #own(): Promise<object[]> {
    // As a message arrives.
    return JSON.parse(JSON.stringify(await this.metrics.registry.getMetricsAsJSON()));
  }
}

const requestsIn = (text: string) =>
  Number(/^multvae_http_request_duration_seconds_count\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0);

describe('the sums', () => {
  it('keep what ended processes had counted, in histograms and counters, and drop their gauges', async () => {
    const sums = new ClusterMetrics();
    const first = new CountingProcess(sums);
    const second = new CountingProcess(sums);
    first.count(651);
    second.count(330);
    second.metrics.feedback('stored', 7);
    for (const worker of [first, second]) {
      worker.metrics.watch(() => null, { delayMs: 0, underWay: 5 });
      worker.metrics.watchLag(() => worker === second);
    }
    const before = await sums.gather();
    expect(requestsIn(before)).toBe(981);
    expect(before).toMatch(/^multvae_requests_under_way 10$/m);
    expect(before).toMatch(/^multvae_lagging_processes 1$/m);
    second.exit(null, 'SIGKILL');
    const after = await sums.gather();
    expect(requestsIn(after)).toBe(981);
    expect(after).toMatch(/_bucket\{le="0.001",.*\} 981$/m);
    expect(after).toMatch(/^multvae_feedback_events_total\{status="stored"\} 7$/m);
    expect(after).toMatch(/^multvae_requests_under_way 5$/m);
    expect(after).toMatch(/^multvae_serving_processes 1$/m);
    const third = new CountingProcess(sums);
    third.count(1);
    third.exit(0);
    first.count(2);
    // The third ended before it could report its count.
    expect(requestsIn(await sums.gather())).toBe(983);
  });

  it('count what a process reported by itself before it ended', async () => {
    const sums = new ClusterMetrics();
    const worker = new CountingProcess(sums);
    worker.count(4);
    await worker.reports();
    worker.count(2);
    worker.exit(null, 'SIGKILL');
    expect(requestsIn(await sums.gather())).toBe(4);
    // One that Node says sends nothing more, and whose last report has all.
    const draining = new CountingProcess(sums);
    draining.count(3);
    await draining.reports();
    draining.exit(0);
    expect(requestsIn(await sums.gather())).toBe(7);
  });

  it('count a process once that ends while they are gathered', async () => {
    const sums = new ClusterMetrics();
    const staying = new CountingProcess(sums);
    const ending = new CountingProcess(sums);
    staying.count(10);
    ending.count(5);
    await ending.reports();
    const answer = staying.answer;
    // The other has answered by then.
    staying.answer = (message) => {
      setImmediate(() => {
        ending.exit(null, 'SIGKILL');
        answer(message);
      });
    };
    expect(requestsIn(await sums.gather())).toBe(15);
    staying.answer = answer;
    expect(requestsIn(await sums.gather())).toBe(15);
    // One that ends without an answer.
    const silent = new CountingProcess(sums);
    silent.count(3);
    await silent.reports();
    silent.answer = () => silent.exit(null, 'SIGKILL');
    expect(requestsIn(await sums.gather())).toBe(18);
  });

  it('never fall, whatever is counted, reported and killed', async () => {
    const steps = fc.array(
      fc.record({
        do: fc.constantFrom('count', 'report', 'gather', 'kill', 'start'),
        place: fc.nat(2),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const sums = new ClusterMetrics();
        const workers = [0, 1, 2].map(() => new CountingProcess(sums));
        let counted = 0;
        let seen = 0;
        for (const { do: what, place } of steps) {
          const worker = workers[place]!;
          if (what === 'count' && worker.isConnected()) worker.count((counted++ % 3) + 1);
          if (what === 'report' && worker.isConnected()) await worker.reports();
          if (what === 'kill') worker.exit(null, 'SIGKILL');
          if (what === 'start' && !worker.isConnected()) workers[place] = new CountingProcess(sums);
          const now = requestsIn(await sums.gather());
          expect(now).toBeGreaterThanOrEqual(seen);
          seen = now;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are an error while a process does not report', async () => {
    vi.useFakeTimers();
    const sums = new ClusterMetrics();
    const other = new CountingProcess(sums);
    const stopped = new CountingProcess(sums);
    other.count(2);
    stopped.isStopped = true;
    const gathered = expect(sums.gather()).rejects.toThrow(UnavailableError);
    await vi.advanceTimersByTimeAsync(3000);
    await gathered;
    const again = sums.gather();
    const failed = expect(again).rejects.toThrow(
      `serving process ${stopped.process.pid} did not report its metrics within 3 s`,
    );
    await vi.advanceTimersByTimeAsync(3000);
    await failed;
    // Once it has been replaced, the sums are whole again.
    stopped.exit(null, 'SIGKILL');
    sums.replaced('stuck');
    const text = await sums.gather();
    expect(text).toMatch(/^multvae_replaced_processes_total\{reason="stuck"\} 1$/m);
    expect(requestsIn(text)).toBe(2);
  });

  it('reach the process that asks for them, as a text or as a problem', async () => {
    vi.useFakeTimers();
    const sums = new ClusterMetrics();
    const asking = new CountingProcess(sums);
    const other = new CountingProcess(sums);
    asking.count(3);
    const answered: unknown[] = [];
    const { answer } = asking;
    asking.answer = (message) => {
      if ('metricsOf' in message) answered.push(message);
      else answer(message);
    };
    asking.tell({ metricsWanted: 8 });
    await vi.advanceTimersByTimeAsync(0);
    expect(answered).toEqual([
      { metricsOf: 8, text: expect.stringMatching(/^multvae_http.*_count.* 3$/m) },
    ]);
    other.isStopped = true;
    asking.tell({ metricsWanted: 9 });
    await vi.advanceTimersByTimeAsync(3000);
    expect(answered[1]).toEqual({
      metricsOf: 9,
      problem: expect.stringMatching(/did not report its metrics/),
    });
  });

  it('leave out a process that does not serve yet', async () => {
    const sums = new ClusterMetrics();
    const starting = new FakeProcess();
    sums.listenTo(starting);
    starting.tell({ counted: [] });
    expect(await sums.gather()).toContain('multvae_replaced_processes_total');
  });
});

describe('a process that shares its metrics', () => {
  const { send, connected } = process;
  let before: readonly unknown[];
  let told: ServingMessage[];
  let metrics: ServingMetrics;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    vi.useFakeTimers();
    before = process.listeners('message');
    told = [];
    Object.assign(process, {
      connected: true,
      send: (message: ServingMessage) => told.push(message),
    });
    metrics = new ServingMetrics();
    metrics.watchLag(() => false);
    metrics.request('GET', '/users', 200, 0.001);
    stop = shareMetrics(metrics);
    await vi.advanceTimersByTimeAsync(0);
  });
  afterEach(() => {
    for (const listener of added()) process.off('message', listener);
    Object.assign(process, { send, connected });
  });

  const added = () => process.listeners('message').filter((listener) => !before.includes(listener));
  const hear = async (message: SupervisorMessage) => {
    for (const listener of added()) listener(message, undefined as never);
    await vi.advanceTimersByTimeAsync(0);
  };
  const typesOf = (reported: readonly object[]) =>
    [...new Set(reported.map((metric) => (metric as { type: string }).type))].toSorted();

  it('says every second that it lives, and every five what only grows', async () => {
    expect(told).toEqual([{ counted: expect.any(Array) }]);
    const { counted } = told[0] as { counted: object[] };
    expect(typesOf(counted)).toEqual(['counter', 'histogram']);
    told.length = 0;
    await vi.advanceTimersByTimeAsync(5000);
    expect(told.filter((message) => 'alive' in message)).toEqual(Array(5).fill({ alive: true }));
    expect(told.filter((message) => 'counted' in message)).toHaveLength(1);
    told.length = 0;
    await stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(told).toEqual([{ counted: expect.any(Array) }]);
  });

  it('reports everything when it is asked', async () => {
    told.length = 0;
    await hear({ report: 7 });
    expect(told).toEqual([{ reportOf: 7, metrics: expect.any(Array) }]);
    const [answer] = told;
    expect(typesOf(answer !== undefined && 'metrics' in answer ? answer.metrics : [])).toEqual([
      'counter',
      'gauge',
      'histogram',
    ]);
  });

  it('has the sums of all from the supervisor, or a problem', async () => {
    told.length = 0;
    const asked = [metrics.gather(), metrics.gather(), metrics.gather()];
    const settled = Promise.allSettled(asked);
    expect(told).toEqual([{ metricsWanted: 1 }, { metricsWanted: 2 }, { metricsWanted: 3 }]);
    await hear({ metricsOf: 2, text: 'sums' });
    await hear({ metricsOf: 1, problem: 'one is stuck' });
    await hear({ metricsOf: 3 });
    await hear({ metricsOf: 4, text: 'nobody asked' });
    const [first, second, third] = await settled;
    expect(second).toEqual({ status: 'fulfilled', value: 'sums' });
    expect(first).toMatchObject({ reason: new UnavailableError('one is stuck') });
    expect(third).toMatchObject({ reason: new UnavailableError('no metrics came') });
  });

  it('tells nothing to a supervisor that has ended', () => {
    told.length = 0;
    Object.assign(process, { connected: false });
    tellSupervisor({ alive: true });
    // At once, because the test runner speaks over the same channel.
    Object.assign(process, { connected: true });
    expect(told).toEqual([]);
  });
});
