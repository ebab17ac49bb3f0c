/** The clients of a cluster test: they ask, send events with keys, and send again what was not acknowledged. */

import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream } from '../../../src/random.js';
import type { Kind, Ledger } from './ledger.js';
import { headers, type Replica } from './replica.js';
import { basketOf, eventOf, titles } from './truth.js';

/** A client gives up then, which counts as a failure that should not be. */
const patienceMs = 60_000;

export interface LoadOptions {
  readonly url: string;
  readonly ledger: Ledger;
  readonly replicas: readonly Replica[];
  readonly users: number;
  readonly events: number;
  readonly baskets: number;
  readonly seed: number;
  /** The pause of each client between two requests. */
  readonly pauseMs: number;
}

/** The names of HAProxy's servers for a replica. */
const replicaNumber = /^replica(\d+)(?:-alive)?$/;

interface Fetched {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly replica: string | null;
  readonly begin: number;
}

export class Load {
  readonly #options: LoadOptions;
  #isOver = false;
  #clients: Promise<void>[] = [];
  /** Users whose event is being sent. */
  readonly #busy = new Set<number>();
  /** How often an event was sent again with its key. */
  resent = 0;
  /** Answers `repeated`: an event that an earlier attempt had stored. */
  repeated = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(clients: { readonly readers: number; readonly baskets: number; readonly writers: number }) {
    const { seed } = this.#options;
    const random = (name: string, k: number) => new RandomStream(seed, `${name}-${k}`);
    const some = (count: number, name: string, client: (own: RandomStream) => Promise<void>) =>
      Array.from({ length: count }, (_, k) => client(random(name, k)));
    this.#clients = [
      ...some(clients.readers, 'reader', (own) => this.#read(own)),
      ...some(clients.baskets, 'basket', (own) => this.#fill(own)),
      ...some(clients.writers, 'writer', (own) => this.#write(own)),
    ];
  }

  /** Lets every client finish what it does; writers go on until their event is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #read(random: RandomStream): Promise<void> {
    const { url, ledger, users, pauseMs } = this.#options;
    while (!this.#isOver) {
      const user = random.integer(users);
      const got = await this.fetch('get', `${url}/recommend/${user}?n=${titles}`);
      if (got?.status === 200) ledger.user(user, answerOf(got), { begin: got.begin, own: null });
      await delay(pauseMs);
    }
  }

  async #fill(random: RandomStream): Promise<void> {
    const { url, ledger, baskets, pauseMs } = this.#options;
    while (!this.#isOver) {
      const number = random.integer(baskets);
      const body = { items: basketOf(number), n: titles };
      const got = await this.fetch('basket', `${url}/recommend`, body);
      if (got?.status === 200) ledger.basket(number, answerOf(got));
      await delay(pauseMs);
    }
  }

  async #write(random: RandomStream): Promise<void> {
    const { ledger, users, events, pauseMs } = this.#options;
    while (!this.#isOver) {
      const user = random.integer(users);
      const progress = ledger.progress[user]!;
      if (!this.#busy.has(user) && progress.sent < events) {
        this.#busy.add(user);
        progress.sent++;
        await this.#send(user, progress.sent, { twice: random.integer(8) === 0 });
        this.#busy.delete(user);
      }
      await delay(pauseMs);
    }
  }

  /** Sends an event until it is acknowledged, sometimes over two connections at once. */
  async #send(user: number, state: number, { twice }: { readonly twice: boolean }): Promise<void> {
    const { url, ledger } = this.#options;
    const event = eventOf(user, state);
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) this.resent++;
      const send = () => this.fetch('post', `${url}/feedback`, event);
      const replies = await Promise.all(twice && attempt === 0 ? [send(), send()] : [send()]);
      const acknowledged = replies.filter((got) => got?.status === 201);
      let owner: string | null = null;
      for (const got of acknowledged) {
        if (got!.body.stored === 1) {
          ledger.stored(event.key);
          owner = got!.replica;
        } else this.repeated++;
      }
      if (acknowledged.length > 0) {
        ledger.progress[user]!.acknowledged.push(performance.now());
        if (owner !== null) await this.#askOwner(user, state, owner);
        return;
      }
      await delay(200);
    }
  }

  /** The replica that took a write shows it in the next answer. */
  async #askOwner(user: number, state: number, name: string): Promise<void> {
    const { ledger, replicas } = this.#options;
    const replica = replicas[Number(replicaNumber.exec(name)?.[1])];
    if (replica === undefined) return;
    const url = `${replica.url}/recommend/${user}?n=${titles}`;
    const got = await this.fetch('direct', url, undefined, 5000);
    if (got?.status === 200) ledger.user(user, answerOf(got), { begin: got.begin, own: state });
  }

  /** Null where the connection was cut; the ledger knows of it then. */
  async fetch(
    kind: Kind,
    url: string,
    body?: object,
    timeoutMs = patienceMs,
  ): Promise<Fetched | null> {
    const { ledger } = this.#options;
    const begin = performance.now();
    try {
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      const { status } = response;
      const replica = response.headers.get('X-Replica');
      const end = performance.now();
      ledger.note({ kind, begin, end, status, detail: `${replica} ${text.slice(0, 300)}` });
      const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
      return { status, body: isJson ? JSON.parse(text) : {}, replica, begin };
    } catch (error) {
      const end = performance.now();
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      if (isLate && kind !== 'direct') {
        ledger.fault('otherFailures', `${kind}: no answer within ${timeoutMs / 1000} s`);
      }
      const { cause } = error as { readonly cause?: unknown };
      ledger.note({ kind, begin, end, status: null, detail: `${error} (${cause})` });
      return null;
    }
  }
}

function answerOf({ body }: Fetched): { readonly modelVersion: string; readonly items: unknown } {
  return { modelVersion: String(body.modelVersion), items: body.items };
}
