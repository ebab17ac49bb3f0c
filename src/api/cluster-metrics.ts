import type { Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { ServingMetrics } from './metrics.js';

/** A serving process asks the one that started it for everybody's metrics, and is told. */
interface Question {
  readonly metricsWanted: number;
}
interface Answer {
  readonly metricsOf: number;
  readonly text?: string;
}

/** In a serving process: makes `metrics` tell what all processes that share the port have counted. */
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
    // One of the processes may have just ended.
    return text ?? metrics.registry.metrics();
  };
}

/** In the process that started the serving ones: answers what `shareMetrics` asks. */
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
