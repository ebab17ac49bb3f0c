/** Keeps account of a cluster test: what was asked, what came back, and what must not have. */

import type { Replica } from './replica.js';
import type { Truth } from './truth.js';

/** A replica that did not take a write shows it after this time at the latest; measured at the client. */
const staleMs = 2000;
/** HAProxy gives a look at a replica that was cut off three seconds, and takes the next one a second later. */
const noticedMs = 4500;
/** Of each kind of fault. */
const maxExamples = 3;

export type Kind = 'get' | 'basket' | 'post' | 'activate' | 'direct';

/** What came back of one request. */
export interface Reply {
  readonly kind: Kind;
  /** By `performance.now()`. */
  readonly begin: number;
  readonly end: number;
  /** Null for a connection that was cut. */
  readonly status: number | null;
  readonly detail: string;
}

/** An answer with a list. */
interface Answer {
  readonly modelVersion: string;
  readonly items: unknown;
}

/** How far a user has come. */
class Progress {
  /** How many events were sent, answered or not. */
  sent = 0;
  /** When each event was acknowledged, by its number from 0 on. */
  readonly acknowledged: number[] = [];

  /** How many events had been acknowledged at a moment. */
  at(moment: number): number {
    const { acknowledged } = this;
    let count = acknowledged.length;
    while (count > 0 && acknowledged[count - 1]! > moment) count--;
    return count;
  }
}

/** What the test counts. Each of the first group must be zero in the end. */
export interface Faults {
  /** Lists that no run gives for any state of the user. */
  wrong: number;
  /** Lists of another run than the answer names. */
  mixed: number;
  /** Lists of a state that is older than two seconds, or of one that was not there yet. */
  stale: number;
  /** Lists of the replica that took a write which do not show it. */
  ownWriteMissed: number;
  /** GETs that failed while a replica could answer them, and baskets that were refused then; a POST may be cut. */
  failedInVain: number;
  /** Answers that are neither right nor 502, 503, 504 or a cut connection. */
  otherFailures: number;
  /** Events that were acknowledged as stored twice. */
  storedTwice: number;
}

export class Ledger {
  readonly faults: Faults = {
    wrong: 0,
    mixed: 0,
    stale: 0,
    ownWriteMissed: 0,
    failedInVain: 0,
    otherFailures: 0,
    storedTwice: 0,
  };
  readonly examples: string[] = [];
  /** Answers by kind and status, since the last report. */
  counts: Record<string, number> = {};
  /** The sums of all reports. */
  readonly sums: Record<string, number> = {};
  readonly progress: readonly Progress[];
  readonly #truth: Truth;
  readonly #slackMs: number;
  readonly #replicas: readonly Replica[];
  readonly #stored = new Set<string>();

  /** @param slackMs - how much later than promised a write may show */
  constructor(truth: Truth, replicas: readonly Replica[], slackMs: number) {
    this.#slackMs = slackMs;
    this.#truth = truth;
    this.#replicas = replicas;
    this.progress = Array.from({ length: truth.options.users }, () => new Progress());
  }

  /** Notes a reply, and a failure that should not be. */
  note(reply: Reply): void {
    const { kind, begin, end, status, detail } = reply;
    const name = `${kind} ${status ?? 'cut'}`;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    this.sums[name] = (this.sums[name] ?? 0) + 1;
    if (status === 200 || status === 201) return;
    // A replica that is asked itself may be gone.
    if (kind === 'direct') return;
    if (status !== null && ![502, 503, 504].includes(status)) {
      this.fault('otherFailures', `${kind}: ${status} ${detail}`);
    } else if (kind === 'get' && this.#replicas.some((r) => r.wasReady(begin - noticedMs, end))) {
      this.fault('failedInVain', `${kind}: ${status ?? 'cut'} ${detail}`);
    } else if (
      kind === 'basket' &&
      status !== null &&
      this.#replicas.some((r) => r.wasAlive(begin - noticedMs, end))
    ) {
      this.fault('failedInVain', `${kind}: ${status} ${detail}`);
    }
  }

  /**
   * Compares an answer to a user with the truth.
   *
   * @param own - the number of events that must count because the replica that answers took them; null for none
   */
  user(user: number, answer: Answer, { begin, own }: { begin: number; own: number | null }): void {
    const { sent } = this.progress[user]!;
    const oldest = own ?? this.progress[user]!.at(begin - staleMs - this.#slackMs);
    const given = JSON.stringify(answer.items);
    const isOf = (run: string, from: number, to: number) => {
      for (let state = from; state <= to; state++) {
        if (this.#truth.ofUser(run, user, state) === given) return true;
      }
      return false;
    };
    if (isOf(answer.modelVersion, oldest, sent)) return;
    const { runs, events } = this.#truth.options;
    const where = `user ${user}, events ${oldest} to ${sent}, run ${answer.modelVersion}: ${given.slice(0, 200)}`;
    if (isOf(answer.modelVersion, 0, events)) {
      this.fault(own === null ? 'stale' : 'ownWriteMissed', where);
    } else this.fault(runs.some((run) => isOf(run, 0, events)) ? 'mixed' : 'wrong', where);
  }

  basket(number: number, answer: Answer): void {
    const given = JSON.stringify(answer.items);
    if (this.#truth.ofBasket(answer.modelVersion, number) === given) return;
    const { runs } = this.#truth.options;
    const isMixed = runs.some((run) => this.#truth.ofBasket(run, number) === given);
    const where = `basket ${number}, run ${answer.modelVersion}: ${given.slice(0, 200)}`;
    this.fault(isMixed ? 'mixed' : 'wrong', where);
  }

  /** Notes that an event was acknowledged as stored. */
  stored(key: string): void {
    if (this.#stored.has(key)) this.fault('storedTwice', key);
    this.#stored.add(key);
  }

  fault(name: keyof Faults, what: string): void {
    this.faults[name]++;
    if (this.faults[name] <= maxExamples) this.examples.push(`${name}: ${what}`);
  }

  /** The counts since the last report. */
  takeCounts(): Readonly<Record<string, number>> {
    const { counts } = this;
    this.counts = {};
    return counts;
  }
}
