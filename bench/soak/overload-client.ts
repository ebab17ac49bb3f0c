/**
 * Overloads a server from a process of its own and prints JSON: `overload-client.ts PORT CLIENTS SECONDS USERS`.
 *
 * After a 200, a client sends its next request at once. After a 503, it waits for the time in the answer and up to half
 * as long in addition. Clients parse as little of an answer as possible, so that they do not measure themselves.
 */

import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const [port = 0, clients = 0, seconds = 0, users = 1] = process.argv.slice(2).map(Number);

/** Clients that run before, during and after the overload. */
const staying = 16;
/** How long they run alone at first. */
const warmUpMs = 2000;
/** How long they run alone at the end. */
const calmMs = 3000;
/** The other clients start one after the other over this time, as a real crowd does. */
const comingMs = 1000;
/** A request without an answer after this time counts as a failure. */
const patienceMs = 10_000;

const requests = Array.from({ length: users }, (_, user) =>
  Buffer.from(`GET /recommend/${user}?n=100 HTTP/1.1\r\nHost: localhost\r\n\r\n`),
);
const answers: Record<number, number> = {};
const failures: Record<string, number> = {};
/** Milliseconds from sending a request to the head of its answer. */
const served: number[] = [];
const shed: number[] = [];
let stoppedAt = Number.POSITIVE_INFINITY;
let lastRefusalMs = 0;

class Client {
  #user: number;
  #socket: Socket | null = null;
  #sentAt = 0;
  /** The part of the answer's head received so far; null once the head is complete. */
  #head: string | null = '';
  #bodyLeft = 0;
  #delayMs = 0;
  #later: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(user: number) {
    this.#user = user;
  }

  open(): void {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback: (length, bytes) => {
          this.#read(bytes as Buffer, length);
          return true;
        },
      },
    });
    this.#sentAt = performance.now();
    this.#later = setTimeout(() => this.#fail('no connection in time'), patienceMs);
    this.#socket.once('connect', () => this.#send());
    this.#socket.once('error', (error: NodeJS.ErrnoException) => this.#fail(String(error.code)));
    this.#socket.once('end', () => this.#fail('closed by the server'));
  }

  leave(): void {
    this.#isOver = true;
    clearTimeout(this.#later);
    this.#socket?.destroy();
  }

  #send(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#fail('no answer in time'), patienceMs);
    this.#user = (this.#user + 1) % users;
    this.#head = '';
    this.#sentAt = performance.now();
    this.#socket?.write(requests[this.#user]!);
  }

  #read(bytes: Buffer, length: number): void {
    let bodyBytes = length;
    if (this.#head !== null) {
      this.#head += bytes.toString('latin1', 0, length);
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      bodyBytes = this.#head.length - end - 4;
      this.#begin(this.#head.slice(0, end));
      this.#head = null;
    }
    this.#bodyLeft -= bodyBytes;
    if (this.#bodyLeft > 0) return;
    clearTimeout(this.#later);
    if (this.#delayMs === 0) this.#send();
    else this.#later = setTimeout(() => this.#send(), this.#delayMs);
  }

  #begin(head: string): void {
    const now = performance.now();
    const status = Number(head.slice(9, 12));
    answers[status] = (answers[status] ?? 0) + 1;
    (status === 503 ? shed : served).push(now - this.#sentAt);
    this.#bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (status !== 200 && now > stoppedAt) lastRefusalMs = now - stoppedAt;
    const wait = status === 503 ? Number(/\r\nretry-after: (\d+)/i.exec(head)?.[1]) : 0;
    this.#delayMs = wait * 1000 * (1 + Math.random() / 2);
    if (Number.isNaN(this.#bodyLeft + wait)) this.#fail('an answer without its headers');
  }

  #fail(cause: string): void {
    if (this.#isOver) return;
    failures[cause] = (failures[cause] ?? 0) + 1;
    clearTimeout(this.#later);
    this.#socket?.destroy();
    this.#later = setTimeout(() => this.open(), 1000);
  }
}

/** All clients share it, because no one keeps its contents. */
const buffer = Buffer.alloc(65_536);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const lateness = monitorEventLoopDelay({ resolution: 5 });
const all = Array.from({ length: clients }, (_, k) => new Client((k * 7) % users));
for (const client of all.slice(0, staying)) client.open();
await pause(warmUpMs);
lateness.enable();
for (const list of [served, shed]) list.length = 0;
for (const [k, client] of all.slice(staying).entries()) {
  setTimeout(() => client.open(), (k / clients) * comingMs);
}
await pause(seconds * 1000);
lateness.disable();
const perSecond = Math.round(served.length / seconds);
const crowd = { served: summary(served), shed: summary(shed) };
for (const client of all.slice(staying)) client.leave();
stoppedAt = performance.now();
await pause(calmMs);
for (const client of all) client.leave();
process.stdout.write(
  JSON.stringify({
    clients,
    answers,
    failures,
    perSecond,
    ...crowd,
    recoveryMs: Math.round(lastRefusalMs),
    clientLateP99Ms: rounded(lateness.percentile(99) / 1e6 - 5),
  }),
);

function summary(latencies: readonly number[]) {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (part: number) => rounded(sorted[Math.floor(part * sorted.length)] ?? 0);
  const soon = sorted.filter((ms) => ms <= 20).length;
  return { p50: at(0.5), p99: at(0.99), max: at(0.999999), within20Ms: soon / sorted.length };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
