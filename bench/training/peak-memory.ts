/** Peak memory of this process. */

import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage and resets the peak. Only Linux can reset it; elsewhere the peak is that of the whole process. */
export function restartPeak(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The second collection waits for the thread that frees memory found by the first one.
  collect();
  collect();
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** Peak resident bytes since `restartPeak`. */
export function peakBytes(): number {
  if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
}
