/** One replica of a cluster test: `multvae serve` on a shared store, started again after each end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ReplicaPlace } from './network.js';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** The key of every request; replicas on addresses of their own refuse requests without one. */
export const apiKey = 'cluster-test-write-key';
export const headers = { Authorization: `Bearer ${apiKey}` } as const;

/** A replica that takes longer to be ready than this does not come back. */
const readyTimeoutMs = 120_000;

export interface ReplicaOptions {
  readonly index: number;
  readonly place: ReplicaPlace;
  /** The address of the store, as the replica reaches it. */
  readonly store: string;
  /** Where its home folders are made. */
  readonly folder: string;
}

/** A time during which a replica had no fault, by `performance.now()`; it lasts while `end` is infinite. */
interface Spell {
  readonly begin: number;
  end: number;
}

export class Replica {
  readonly index: number;
  readonly url: string;
  readonly #options: ReplicaOptions;
  readonly #ready: Spell[] = [];
  readonly #alive: Spell[] = [];
  #home: string | null = null;
  #process: ChildProcess | null = null;
  #exited: Promise<unknown> = Promise.resolve();
  #errors = '';

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.index = options.index;
    this.url = `http://${options.place.host}:${options.place.port}`;
  }

  get process(): ChildProcess | null {
    return this.#process;
  }

  /** The end of what it wrote on stderr. */
  get errors(): string {
    return this.#errors;
  }

  /** Whether it was ready, and had no fault, from one moment to another. */
  wasReady(from: number, to: number): boolean {
    return this.#ready.some(({ begin, end }) => begin <= from && end >= to);
  }

  /** Whether it could at least answer what needs no store. */
  wasAlive(from: number, to: number): boolean {
    return this.#alive.some(({ begin, end }) => begin <= from && end >= to);
  }

  get isReady(): boolean {
    return this.#ready.at(-1)?.end === Number.POSITIVE_INFINITY;
  }

  /** Starts it, with an empty home folder or with the one that it had. */
  start({ emptyHome }: { readonly emptyHome: boolean }): void {
    const { folder, index, place, store } = this.#options;
    if (emptyHome || this.#home === null) {
      if (this.#home !== null) rmSync(this.#home, { recursive: true, force: true });
      this.#home = mkdtempSync(join(folder, `home-${index}-`));
    }
    const flags = ['--host', place.host, '--port', String(place.port), '--home', this.#home];
    const limits = ['--trust-proxy', '--rate-limit', '0', '--threads', '1'];
    const words = [main, 'serve', ...flags, ...limits, '--log-level', 'error'];
    const [command = '', ...rest] = [...place.prefix, process.execPath, ...words];
    const child = spawn(command, rest, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, MULTVAE_STORE: store, MULTVAE_API_KEYS: `test:write:${apiKey}` },
    });
    child.stderr.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-20_000);
    });
    this.#process = child;
    this.#exited = once(child, 'exit');
  }

  /**
   * Waits until it is ready. As a service manager does, it starts one again that ended by itself, such as one that found
   * no PostgreSQL.
   *
   * @throws Error with its output when it takes too long
   */
  async whenReady(): Promise<void> {
    const begin = performance.now();
    while (performance.now() - begin < readyTimeoutMs) {
      if (this.#process !== null && this.#process.exitCode !== null) {
        await delay(1000);
        this.start({ emptyHome: false });
      }
      try {
        const { status } = await fetch(`${this.url}/health/ready`, {
          signal: AbortSignal.timeout(2000),
        });
        if (status === 200) {
          const now = performance.now();
          const end = Number.POSITIVE_INFINITY;
          if (!this.isReady) this.#ready.push({ begin: now, end });
          if (this.#alive.at(-1)?.end !== end) this.#alive.push({ begin: now, end });
          return;
        }
      } catch {
        // It does not listen yet, or cannot be reached.
      }
      await delay(100);
    }
    throw new Error(`replica ${this.index} is not ready:\n${this.#errors.slice(-4000)}`);
  }

  /** The fault that begins now takes it out of those that should answer everything. */
  unready(): void {
    const last = this.#ready.at(-1);
    if (last !== undefined) last.end = Math.min(last.end, performance.now());
  }

  /** The fault that begins now takes it out altogether. */
  gone(): void {
    this.unready();
    const last = this.#alive.at(-1);
    if (last !== undefined) last.end = Math.min(last.end, performance.now());
  }

  /** @returns its exit code and signal */
  async end(
    signal: 'SIGKILL' | 'SIGTERM',
  ): Promise<{ code: number | null; signal: string | null }> {
    this.gone();
    const child = this.#process;
    if (child === null) return { code: null, signal: null };
    // A process in a stopped state hears no other signal.
    child.kill(signal);
    await this.#exited;
    return { code: child.exitCode, signal: child.signalCode };
  }
}
