/** Peak memory of this process. */

import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Frees what is garbage and begins the peak anew. Only Linux can: elsewhere the peak is the whole process's. */
export function restartPeak(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The second collection waits for the thread that frees what the first one found.
  collect();
  collect();
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** Bytes, the most that was resident since `restartPeak`. */
export function peakBytes(): number {
  if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
}
