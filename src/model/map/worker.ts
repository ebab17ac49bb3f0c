/** The thread that computes one map of items, reports it and ends. */

import { parentPort, workerData } from 'node:worker_threads';
import { type MapMaterial, neighbourhoodMap } from './neighbourhoods.js';

parentPort!.postMessage(await neighbourhoodMap(workerData as MapMaterial));
