/** Keeps several serving processes running: replaces one that ends or is stuck, and gives up when none stays up. */

import { UnavailableError } from '../errors.js';
import {
  beatEveryMs,
  ClusterMetrics,
  type ServingMessage,
  type ServingProcess,
} from './cluster-metrics.js';

/** A process that drains longer than this is killed; it must exceed the time that the process gives its requests. */
const killAfterMs = 15_000;
/** A process that served this long was no failure, whatever ends it. */
const provenAfterMs = 10_000;
/** The wait after the first failure; each further failure in a row doubles it. */
const firstWaitMs = 1000;
const maxWaitMs = 30_000;
/** The supervisor gives up when every place has failed this often in a row, and nothing is served. */
const maxFailures = 5;
/** A serving process that is silent for this long is stuck. */
const usualSilenceMs = 10_000;
/** The same for one that is still starting, and may have a database to migrate. */
const startingSilenceMs = 60_000;

/** How several processes are supervised. */
export interface SupervisorOptions {
  /** How many processes. */
  readonly count: number;
  /** Starts one. It may throw; the reason is told. */
  readonly start: () => ServingProcess;
  /** Called once all serve for the first time, with the lines of one. */
  readonly onReady: (lines: readonly string[]) => void;
  readonly onRemark: (text: string) => void;
  /** Ends them all. */
  readonly signal: AbortSignal;
  /** A serving process that is silent for this long is replaced. Default: 10 s. */
  readonly maxSilenceMs?: number;
}

/** The place of one of the processes, which others follow when it ends. */
interface Place {
  worker: ServingProcess | null;
  /** When the process began to serve, by `performance.now()`; null before. */
  servingSince: number | null;
  hasServed: boolean;
  /** Processes in a row that ended soon. */
  failures: number;
  /** Signs of life that did not come. */
  missed: number;
  isStuck: boolean;
  /** Why the process says that it ends. */
  reason: string | null;
  waiting: NodeJS.Timeout | undefined;
}

/** The supervisor of the processes that share a port. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #metrics = new ClusterMetrics();
  readonly #places: readonly Place[];
  /** Settles when there is nothing more to keep running. */
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #whenAllGone: (() => void) | null = null;
  #isEnding = false;
  #exitCode = 0;
  #failure: UnavailableError | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.count }, () => ({
      worker: null,
      servingSince: null,
      hasServed: false,
      failures: 0,
      missed: 0,
      isStuck: false,
      reason: null,
      waiting: undefined,
    }));
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /**
   * Runs the processes until the signal, then waits for all of them to drain.
   *
   * @returns 0, or the exit code of a process that ended before anything was served
   * @throws UnavailableError when no process stays up, or one is killed or cannot be started before anything was served
   */
  async run(): Promise<number> {
    const { signal } = this.#options;
    signal.addEventListener('abort', this.#end, { once: true });
    if (signal.aborted) return 0;
    const beat = setInterval(() => this.#countMissed(), beatEveryMs);
    for (const place of this.#places) this.#start(place);
    await this.#ended;
    this.#isEnding = true;
    await this.#stopAll();
    clearInterval(beat);
    if (this.#failure !== null) throw this.#failure;
    return this.#exitCode;
  }

  #start(place: Place): void {
    Object.assign(place, { servingSince: null, missed: 0, isStuck: false, reason: null });
    let worker: ServingProcess;
    try {
      worker = this.#options.start();
    } catch (error) {
      place.reason = (error as Error).message;
      this.#follow(place, undefined, { code: null, signal: null });
      return;
    }
    place.worker = worker;
    this.#metrics.listenTo(worker);
    worker.on('message', (message) => this.#hear(place, message));
    worker.on('exit', (code, signal) => {
      place.worker = null;
      if (this.#isEnding) {
        if (this.#running.length === 0) this.#whenAllGone?.();
      } else this.#follow(place, worker.process.pid, { code, signal });
    });
  }

  #hear(place: Place, message: ServingMessage): void {
    place.missed = 0;
    if ('failed' in message) place.reason = message.failed;
    if (!('serving' in message)) return;
    place.servingSince = performance.now();
    if (place.hasServed) return;
    place.hasServed = true;
    if (this.#places.every(({ hasServed }) => hasServed)) this.#options.onReady(message.serving);
  }

  /** Decides what follows a process that ended. @param pid - undefined for one that could not be started */
  #follow(
    place: Place,
    pid: number | undefined,
    end: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
  ): void {
    const { servingSince } = place;
    const servedMs = servingSince === null ? 0 : performance.now() - servingSince;
    place.servingSince = null;
    place.reason ??= `it ended (${end.signal ?? end.code})`;
    place.failures = servedMs >= provenAfterMs ? 0 : place.failures + 1;
    const { onRemark } = this.#options;
    const ended =
      pid === undefined ? place.reason : `serving process ${pid} ended (${end.signal ?? end.code})`;
    if (!this.#places.some(({ hasServed }) => hasServed)) {
      // Nothing has been served yet, so what is wrong is not new. A process that gave an exit code has said why.
      if (end.code !== null) this.#exitCode ||= end.code;
      else this.#failure ??= new UnavailableError(whyNothingServed(ended, place, end.signal));
      this.#end();
      return;
    }
    if (this.#isHopeless()) {
      this.#failure = new UnavailableError(
        `no serving process stays up: ${maxFailures} in a row ended soon after their start, the last one because: ${place.reason}`,
      );
      this.#end();
      return;
    }
    this.#metrics.replaced(place.isStuck ? 'stuck' : 'ended');
    const waitMs =
      place.failures === 0 ? 0 : Math.min(maxWaitMs, firstWaitMs * 2 ** (place.failures - 1));
    onRemark(`${ended}; another follows${waitMs === 0 ? '' : ` in ${waitMs / 1000} s`}`);
    place.waiting = setTimeout(() => this.#start(place), waitMs);
  }

  #isHopeless(): boolean {
    return this.#places.every(
      ({ failures, servingSince }) => failures >= maxFailures && servingSince === null,
    );
  }

  /**
   * Kills processes that are stuck. Missed signs of life are counted, not time, because the supervisor may have been stopped
   * itself.
   */
  #countMissed(): void {
    const { maxSilenceMs = usualSilenceMs, onRemark } = this.#options;
    for (const place of this.#running) {
      const allowedMs = place.servingSince === null ? startingSilenceMs : maxSilenceMs;
      place.missed++;
      if (place.isStuck || place.missed * beatEveryMs <= allowedMs) continue;
      place.isStuck = true;
      const { pid } = place.worker.process;
      onRemark(`serving process ${pid} has not answered for ${allowedMs / 1000} s and is killed`);
      place.worker.process.kill('SIGKILL');
    }
  }

  async #stopAll(): Promise<void> {
    for (const { waiting } of this.#places) clearTimeout(waiting);
    const running = this.#running;
    if (running.length === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#whenAllGone = resolve;
    });
    for (const { worker } of running) worker.process.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const { worker } of this.#running) worker.process.kill('SIGKILL');
    }, killAfterMs);
    await gone;
    clearTimeout(timer);
  }

  get #running(): (Place & { readonly worker: ServingProcess })[] {
    return this.#places.filter(
      (place): place is Place & { worker: ServingProcess } => place.worker !== null,
    );
  }
}

/** Why nothing was ever served, where no process says so itself. */
function whyNothingServed(
  ended: string,
  { isStuck }: Place,
  signal: NodeJS.Signals | null,
): string {
  if (signal === null) return ended;
  if (isStuck) return `${ended} before it served, because it did not answer; start it again`;
  const remedy =
    signal === 'SIGKILL'
      ? 'the system does this where memory runs out (`dmesg` says so): free some, or start fewer --workers'
      : 'start it again';
  return `${ended} before it served; ${remedy}`;
}
