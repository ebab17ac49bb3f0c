/** What goes wrong in a cluster test: replicas that are killed, ended or cut off, and a PostgreSQL that restarts. */

import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream } from '../../../src/random.js';
import type { TestPostgres } from '../../../test/fixtures/postgres.js';
import type { ClusterNetwork } from './network.js';
import type { Replica } from './replica.js';

/** Every mishap once, in the order of a short test. */
export const mishapNames = [
  'kill',
  'database-fast',
  'cut',
  'terminate',
  'database-kill',
  'kill-two',
  'cut-and-kill',
  'database-immediate',
  'database-while-cut',
  'kill-while-database',
] as const;
export type MishapName = (typeof mishapNames)[number];

export interface MishapOptions {
  readonly replicas: readonly Replica[];
  readonly network: ClusterNetwork;
  readonly postgres: TestPostgres;
  readonly seed: number;
  /** How long a replica is cut off. */
  readonly cutMs: number;
  /** How long PostgreSQL stays down. */
  readonly downMs: number;
}

/** Causes mishaps, and waits until all replicas are ready again. At least one replica is untouched unless PostgreSQL is down. */
export class Mishaps {
  /** How often each part happened. */
  readonly counts = { kills: 0, terminations: 0, cuts: 0, databaseRestarts: 0 };
  /** Exits other than 0 after SIGTERM. */
  readonly badExits: string[] = [];
  readonly #options: MishapOptions;
  readonly #random: RandomStream;

  constructor(options: MishapOptions) {
    this.#options = options;
    this.#random = new RandomStream(options.seed, 'mishaps');
  }

  async cause(name: MishapName): Promise<void> {
    const { replicas } = this.#options;
    const first = this.#random.integer(replicas.length);
    const a = replicas[first]!;
    const b = replicas[(first + 1) % replicas.length]!;
    await this.#steps[name](a, b);
    await Promise.all(replicas.map((replica) => replica.whenReady()));
  }

  readonly #steps: Readonly<Record<MishapName, (a: Replica, b: Replica) => Promise<unknown>>> = {
    kill: (a) => this.#kill(a),
    'kill-two': (a, b) => Promise.all([this.#kill(a), this.#kill(b)]),
    terminate: (a) => this.#terminate(a),
    cut: (a) => this.#cut(a),
    'cut-and-kill': (a, b) => Promise.all([this.#cut(a), this.#kill(b)]),
    'database-fast': () => this.#database('fast'),
    'database-immediate': () => this.#database('immediate'),
    'database-kill': () => this.#database('kill'),
    'database-while-cut': (a) => Promise.all([this.#cut(a), this.#database('immediate')]),
    'kill-while-database': async (a) => {
      const restarted = this.#database('fast');
      await this.#kill(a);
      await restarted;
    },
  };

  async #kill(replica: Replica): Promise<void> {
    this.counts.kills++;
    await replica.end('SIGKILL');
    await this.#again(replica);
  }

  async #terminate(replica: Replica): Promise<void> {
    this.counts.terminations++;
    const { code, signal } = await replica.end('SIGTERM');
    if (code !== 0) this.badExits.push(`replica ${replica.index}: ${signal ?? code}`);
    await this.#again(replica);
  }

  /** Half of the replicas that start again find an empty home folder. */
  async #again(replica: Replica): Promise<void> {
    await delay(500 + this.#random.integer(1500));
    replica.start({ emptyHome: this.#random.integer(2) === 0 });
  }

  async #cut(replica: Replica): Promise<void> {
    const { network, cutMs } = this.#options;
    this.counts.cuts++;
    replica.gone();
    network.setCable(replica.index, false, replica.process);
    await delay(cutMs);
    network.setCable(replica.index, true, replica.process);
  }

  async #database(how: 'fast' | 'immediate' | 'kill'): Promise<void> {
    const { postgres, replicas, downMs } = this.#options;
    this.counts.databaseRestarts++;
    for (const replica of replicas) replica.unready();
    if (how === 'kill') postgres.kill();
    else await postgres.down(how);
    await delay(downMs);
    await postgres.up();
  }
}
