/** A `multvae serve` process for soak tests. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A server process, started from the built command. */
export interface SoakServer {
  readonly url: string;
  readonly process: ChildProcess;
  /** [exit code, signal]. */
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  /** Its output on stderr so far. */
  errors(): string;
}

/** Starts a server. @param flags - of `multvae serve`; without `--port`, it takes a free port */
export async function startServer(
  home: string,
  flags: readonly string[] = [],
): Promise<SoakServer> {
  const words = ['serve', '--home', home, '--port', '0', '--log-level', 'error', ...flags];
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'exit') as SoakServer['exited'];
  const kill = atEnd(() => void child.kill('SIGKILL'));
  child.once('exit', kill);
  let url = '';
  for await (const line of createInterface(child.stdout)) {
    url = /^serving .* on (http.*)$/.exec(line)?.[1] ?? '';
    if (url) break;
  }
  child.stdout.resume();
  if (!url) throw new Error(`the server did not start: ${err}`);
  return { url, process: child, exited, errors: () => err };
}
