/** Benchmark of `multvae serve` under load. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { median } from '../median.js';
import { items, prepareHome, users as userCount } from './home.js';

const cachedUsers = 640;

interface Flags {
  readonly prepare?: string;
  readonly home?: string;
  readonly peer?: string;
  readonly only?: string;
  readonly seconds: string;
  readonly rounds: string;
  readonly memoryRequests: string;
  readonly serve: string;
}

interface Load {
  readonly perSecond: number;
  readonly total: number;
  /** Latency in ms, like `p99`. */
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
  readonly non2xx: number;
}

interface Server {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/**
 * Serves a prepared home with the built command `multvae serve`, loads it from another process and prints JSON lines.
 * Every request asks for 100 items.
 *
 * @param args - `--prepare HOME` makes the home and ends; `--home HOME` measures; `--peer "CMD"` appends `--items`,
 *   `--users` and `--port`, runs the command, and loads it in turn with ours; `--only` names the measures
 */
export async function serveBench(args: string[]): Promise<void> {
  const flags = new Command('serve')
    .option('--prepare <home>', 'make this home, with a trained run, and end')
    .option('--home <home>', 'a home that --prepare made')
    .option('--peer <command>', 'the command of a server to race')
    .option('--only <names>', 'of uncached, cached, single, start, memory; separated by commas')
    .option('--seconds <n>', 'of each load', '6')
    .option('--rounds <n>', 'loads of each server, in turn', '2')
    .option('--memory-requests <n>', 'of the measure memory', '100000')
    .option('--serve <flags>', 'more flags of `multvae serve`', '')
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<Flags>();
  if (flags.prepare !== undefined) await prepareHome(flags.prepare);
  if (flags.home === undefined) return;
  const names = flags.only?.split(',') ?? ['uncached', 'cached', 'single', 'start', 'memory'];
  for (const name of names) {
    const measure = measures[name];
    if (measure === undefined) throw new Error(`--only names an unknown measure, ${name}`);
    for (const line of await measure(flags.home, flags)) {
      const label = `${items} items, n=100${flags.serve ? `, ${flags.serve}` : ''}`;
      process.stdout.write(`${JSON.stringify({ bench: 'serve', case: label, ...line })}\n`);
    }
  }
}

const measures: Readonly<Record<string, (home: string, flags: Flags) => Promise<object[]>>> = {
  uncached: async (home, flags) => {
    const seconds = Number(flags.seconds);
    const ours = await startOurs(home, `${flags.serve} --cache-mb 0`);
    const peer = flags.peer === undefined ? null : await startPeer(flags.peer);
    await load(ours.url, { seconds: 2 });
    if (peer) await load(peer.url, { seconds: 2 });
    const own: Load[] = [];
    const others: Load[] = [];
    for (let round = 0; round < Number(flags.rounds); round++) {
      own.push(await load(ours.url, { seconds }));
      if (peer) others.push(await load(peer.url, { seconds }));
    }
    await Promise.all([ours.stop(), peer?.stop()]);
    return (['perSecond', 'p50', 'p99'] as const).map((key) =>
      line(`uncached ${key}`, key === 'perSecond' ? '1/s' : 'ms', of(own, key), of(others, key)),
    );
  },

  cached: async (home, flags) => {
    const ours = await startOurs(home, flags.serve);
    await load(ours.url, { seconds: 2, users: cachedUsers });
    const own: Load[] = [];
    for (let round = 0; round < Number(flags.rounds); round++) {
      own.push(await load(ours.url, { seconds: Number(flags.seconds), users: cachedUsers }));
    }
    await ours.stop();
    return [
      line('cached perSecond', '1/s', of(own, 'perSecond')),
      line('cached p99', 'ms', of(own, 'p99')),
    ];
  },

  single: async (home, flags) => {
    const ours = await startOurs(home, `${flags.serve} --cache-mb 0`);
    const peer = flags.peer === undefined ? null : await startPeer(flags.peer);
    const one = (url: string) => load(url, { connections: 1, requests: 1000 });
    const own: Load[] = [];
    const others: Load[] = [];
    for (let round = 0; round <= Number(flags.rounds); round++) {
      own.push(await one(ours.url));
      if (peer) others.push(await one(peer.url));
    }
    await Promise.all([ours.stop(), peer?.stop()]);
    // The first round warms up.
    return [line('single p50', 'ms', of(own.slice(1), 'p50'), of(others.slice(1), 'p50'))];
  },

  start: async (home, flags) => {
    const times: number[] = [];
    for (let k = 0; k < 5; k++) {
      const ours = await startOurs(home, flags.serve);
      times.push(ours.readyMs);
      await ours.stop();
    }
    return [{ ...line('start to ready', 'ms', [median(times)]), max: Math.max(...times) }];
  },

  memory: async (home, flags) => {
    const ours = await startOurs(home, flags.serve);
    const parts = 10;
    const resident: number[] = [];
    for (let part = 0; part <= parts; part++) {
      await load(ours.url, { requests: Number(flags.memoryRequests) / parts });
      resident.push(residentMb(ours.pid));
    }
    await ours.stop();
    // Only the second half counts, because compiled code and pools grow at first.
    const late = resident.slice(parts / 2);
    const slope =
      ((late.at(-1)! - late[0]!) / (late.length - 1)) * (parts / Number(flags.memoryRequests));
    return [
      {
        ...line('memory after the last request', 'MB', [resident.at(-1)!]),
        requests: Number(flags.memoryRequests) * (1 + 1 / parts),
        resident,
        mb_per_million: Math.round(slope * 1e6 * 10) / 10,
      },
    ];
  },
};

function of(loads: readonly Load[], key: 'perSecond' | 'p50' | 'p99'): number[] {
  return loads.map((load) => load[key]);
}

/** A result line: the median of ours and, if the peer ran, of the peer's. */
function line(
  measure: string,
  unit: string,
  own: readonly number[],
  others: readonly number[] = [],
) {
  const round = (value: number) => Number(value.toPrecision(4));
  const value = median(own);
  if (others.length === 0) return { measure, value: round(value), unit, all: own.map(round) };
  const peer = median(others);
  return {
    measure,
    value: round(value),
    unit,
    all: own.map(round),
    peer: round(peer),
    peer_all: others.map(round),
    ratio: round(value / peer),
  };
}

async function startOurs(home: string, flags: string): Promise<Server> {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const port = await freePort();
  const words = [
    'serve',
    '--home',
    home,
    '--port',
    String(port),
    ...flags.split(' ').filter(Boolean),
  ];
  return startServer(process.execPath, [main, ...words], port, '/health/ready');
}

async function startPeer(command: string): Promise<Server> {
  const port = await freePort();
  const words = `exec ${command} --items ${items} --users ${userCount} --port ${port}`;
  return startServer('sh', ['-c', words], port, '/recommend/0?n=1');
}

async function startServer(
  command: string,
  args: string[],
  port: number,
  path: string,
): Promise<Server> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${path}`))) {
    if (child.exitCode !== null) throw new Error(`${command} ${args.join(' ')} ended`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const readyMs = performance.now() - begun;
  return { url, pid: child.pid!, readyMs, stop: () => stop(child, exited) };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  await exited;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

interface LoadOptions {
  readonly connections?: number;
  readonly users?: number;
  readonly seconds?: number;
  /** Ends the load after so many answers, whatever `seconds` is. */
  readonly requests?: number;
}

/** Loads a server from another process. @throws Error if a request fails */
async function load(url: string, options: LoadOptions): Promise<Load> {
  const { connections = 64, users = userCount, seconds = 0, requests } = options;
  const file = fileURLToPath(new URL('load.ts', import.meta.url));
  const words = [url, connections, seconds, users, ...(requests ? [requests] : [])].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    file,
    ...words,
  ]);
  const result = JSON.parse(stdout) as Load;
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(
      `${result.errors} requests failed, and ${result.non2xx} answers had another status than 2xx`,
    );
  }
  return result;
}

/** Resident memory of a process and its descendants, in MB. */
function residentMb(pid: number): number {
  const own = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return (
    Math.round(own) +
    children.filter(Boolean).reduce((sum, child) => sum + residentMb(Number(child)), 0)
  );
}
