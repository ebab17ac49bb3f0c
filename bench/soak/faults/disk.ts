/** The library that lets the disk of a process fail. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Calls, countedCalls } from './injection.js';

const source = fileURLToPath(new URL('./faulty-disk.c', import.meta.url));

/** Why the machine cannot inject faults; null where it can. */
export function whyNoFaults(): string | null {
  if (process.platform !== 'linux') return 'faults are injected on Linux alone';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'there is no C compiler (cc)';
  }
}

/** Compiles the library into `.cache`. */
export function buildFaultyDisk(name = 'faulty-disk'): string {
  const library = resolve('.cache', `${name}.so`);
  mkdirSync(resolve('.cache'), { recursive: true });
  const flags = ['-O1', '-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl'];
  execFileSync('cc', flags);
  return library;
}

/** The environment of a process whose disk fails below a folder. `counter` is made. */
export function faultyDisk(
  library: string,
  under: string,
  { counter, variables }: { counter: string; variables: Readonly<Record<string, string>> },
): NodeJS.ProcessEnv {
  writeFileSync(counter, Buffer.alloc(8 * (countedCalls.length + 1)));
  return {
    ...process.env,
    ...variables,
    LD_PRELOAD: library,
    FAULT_UNDER: under,
    FAULT_COUNTER: counter,
  };
}

/** How many calls were counted. */
export function callsIn(counter: string): Calls {
  return { writes: numberIn(counter, 0), loads: numberIn(counter, 1), opens: numberIn(counter, 2) };
}

/** Whether the fault has struck: another process than the one meant may have made the call that was to fail. */
export function hasStruckIn(counter: string): boolean {
  return numberIn(counter, countedCalls.length) > 0;
}

function numberIn(counter: string, place: number): number {
  return Number(readFileSync(counter).readBigInt64LE(8 * place));
}
