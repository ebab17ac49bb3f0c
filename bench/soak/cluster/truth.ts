/**
 * What the answers of a cluster must be: those that each run gives alone, in one process over SQLite, for each state
 * that a user can be in.
 */

import { cpSync, rmSync } from 'node:fs';
import { RunStore } from '../../../src/runs/store.js';
import { users as maxUsers } from '../home.js';
import { startServer } from '../server.js';

/** How many titles are asked for. */
export const titles = 20;
const items = 120;
/** Requests that are asked side by side. */
const lanes = 8;

/** An event that a user sends after the one before it is stored. */
export interface Event {
  readonly key: string;
  readonly userId: string;
  readonly itemId: string;
  readonly rating: number;
  readonly timestamp: number;
}

/** The event with which a user comes to state `state`, from 1 on. */
export function eventOf(user: number, state: number): Event {
  const item = (user * 11 + state * 13) % items;
  return {
    key: `user-${user}-event-${state}`,
    userId: String(user),
    itemId: String(item),
    rating: state % 4 === 0 ? 1 : 5,
    timestamp: 1_100_000_000 + state,
  };
}

/** A basket, by its number. */
export function basketOf(number: number): string[] {
  const size = 1 + (number % 5);
  return Array.from({ length: size }, (_, k) => String((number * 17 + k * 29) % items));
}

export interface TruthOptions {
  /** A home in SQLite. It is not changed. */
  readonly home: string;
  readonly runs: readonly string[];
  /** Users 0 to this number. */
  readonly users: number;
  /** How many events each user sends. */
  readonly events: number;
  readonly baskets: number;
}

export class Truth {
  readonly options: TruthOptions;
  readonly #ofUser = new Map<string, string>();
  readonly #ofBasket = new Map<string, string>();

  private constructor(options: TruthOptions) {
    this.options = options;
  }

  /** Asks a server of its own for each run. */
  static async of(options: TruthOptions): Promise<Truth> {
    if (options.users > maxUsers) throw new Error(`the home has ${maxUsers} users`);
    const truth = new Truth(options);
    for (const run of options.runs) {
      const home = `${options.home}-alone`;
      cpSync(options.home, home, { recursive: true });
      new RunStore(home).activate(run);
      const server = await startServer(home, ['--threads', '1']);
      try {
        await truth.#learn(server.url, run);
      } finally {
        server.process.kill('SIGTERM');
        await server.exited;
        rmSync(home, { recursive: true });
      }
    }
    return truth;
  }

  /** The items of an answer to a user in a state, as JSON. */
  ofUser(run: string, user: number, state: number): string | undefined {
    return this.#ofUser.get(`${run} ${user} ${state}`);
  }

  ofBasket(run: string, number: number): string | undefined {
    return this.#ofBasket.get(`${run} ${number}`);
  }

  async #learn(url: string, run: string): Promise<void> {
    const { users, events, baskets } = this.options;
    for (let state = 0; state <= events; state++) {
      if (state > 0) {
        const all = Array.from({ length: users }, (_, user) => eventOf(user, state));
        await ask(`${url}/feedback`, { events: all });
      }
      await inLanes(users, async (user) => {
        const answer = await ask(`${url}/recommend/${user}?n=${titles}`);
        this.#ofUser.set(`${run} ${user} ${state}`, JSON.stringify(answer.items));
      });
    }
    await inLanes(baskets, async (number) => {
      const answer = await ask(`${url}/recommend`, { items: basketOf(number), n: titles });
      this.#ofBasket.set(`${run} ${number}`, JSON.stringify(answer.items));
    });
  }
}

async function inLanes(count: number, work: (k: number) => Promise<void>): Promise<void> {
  const lane = async (first: number) => {
    for (let k = first; k < count; k += lanes) await work(k);
  };
  await Promise.all(Array.from({ length: lanes }, (_, first) => lane(first)));
}

async function ask(url: string, body?: object): Promise<{ readonly items: unknown }> {
  const post = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, body === undefined ? {} : post);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
