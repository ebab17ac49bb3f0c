/** Gathers the metrics of several processes that share a port. */

import type { Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { ServingMetrics } from './metrics.js';

/** A serving process asks its supervisor for the metrics of all processes. */
interface Question {
  readonly metricsWanted: number;
}
/** The supervisor's answer; without `text` when the metrics could not be gathered. */
interface Answer {
  readonly metricsOf: number;
  readonly text?: string;
}

/** In a serving process: makes `metrics` report the counts of all processes that share the port. */
export function shareMetrics(metrics: ServingMetrics): void {
  AggregatorRegistry.setRegistries([metrics.registry]);
  new AggregatorRegistry();
  const waiting = new Map<number, (text: string | undefined) => void>();
  process.on('message', ({ metricsOf, text }: Answer) => {
    waiting.get(metricsOf)?.(text);
    waiting.delete(metricsOf);
  });
  let asked = 0;
  metrics.gather = async () => {
    const text = await new Promise<string | undefined>((resolve) => {
      waiting.set(++asked, resolve);
      process.send!({ metricsWanted: asked } satisfies Question);
    });
    // Without a text, a process may have just ended: report this one's counts.
    return text ?? metrics.registry.metrics();
  };
}

/** In the supervisor: answers the questions of `shareMetrics`. */
export class MetricsGatherer {
  readonly #registry = new AggregatorRegistry();

  listenTo(worker: Worker): void {
    worker.on('message', ({ metricsWanted }: Partial<Question>) => {
      if (metricsWanted === undefined) return;
      const tell = (text?: string) => {
        const answer: Answer = { metricsOf: metricsWanted, ...(text !== undefined && { text }) };
        if (worker.isConnected()) worker.send(answer);
      };
      this.#registry.clusterMetrics().then(tell, () => tell());
    });
  }
}
