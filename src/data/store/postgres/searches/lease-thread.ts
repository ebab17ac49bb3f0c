/** The thread that renews a worker's lease. The worker's other thread may compute for hours. */

import { parentPort, workerData } from 'node:worker_threads';
import type { LeaseThreadData } from './lease-messages.js';
import { LeaseRenewal } from './lease-renewal.js';

await new LeaseRenewal(workerData as LeaseThreadData, parentPort!).run();
