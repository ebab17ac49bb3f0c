/** Computes a map of items in a thread of its own. */

import { Worker } from 'node:worker_threads';
import { startingError } from '../../storage/starting.js';
import type { MapMaterial, PlacedItems } from './neighbourhoods.js';

/**
 * `neighbourhoodMap` in a thread of its own, so that answers go on meanwhile. The thread keeps no process alive.
 *
 * @throws the error of the thread, or a StorageError when it cannot be started
 */
export function mapInThread(material: MapMaterial): Promise<PlacedItems> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(material);
    worker.unref();
    worker.once('message', resolve);
    worker.once('error', (error) => {
      reject(startingError('the thread that computes the map', error));
    });
    worker.once('exit', (code) =>
      reject(new Error(`the thread that computes the map ended with ${code}`)),
    );
  });
}

/** The compiled worker, or the source through tsx when this file itself runs from source. */
function startWorker(workerData: MapMaterial): Worker {
  if (import.meta.url.endsWith('.js')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  }
  const file = new URL('./worker.ts', import.meta.url);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import('${file}'); });`;
  return new Worker(code, { eval: true, workerData });
}
