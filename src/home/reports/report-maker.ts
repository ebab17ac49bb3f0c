/** Makes the report page of a run beside a server: in a process of its own, one at a time in a home. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { HomePlace } from '../../data/store/place.js';
import type { Store } from '../../data/store/store.js';
import { RunError, UnavailableError } from '../../errors.js';
import type { Evaluations } from '../../runs/shared/runs.js';
import { startingError } from '../../storage/starting.js';

/** Tells the command that a server started it. */
export const startedByServer = 'STARTED_BY_MULTVAE_SERVER';

/** The one document: what is being made, or how the last making failed. Every server of the home reads it. */
const document = { kind: 'report-making', id: 'home' } as const;
const beatMs = 2000;
/** A making without a sign of life for so long has lost its server. */
const silenceMs = 60_000;

const makingSchema = z.object({
  run: z.string(),
  state: z.enum(['making', 'failed']),
  /** ISO 8601. */
  since: z.string(),
  /** What it does; or why it failed. */
  text: z.string(),
  /** The last sign of life, in milliseconds since 1970. */
  beat: z.number(),
  token: z.string(),
});
type Making = z.infer<typeof makingSchema>;

/** How it stands with the report of a run. */
export interface ReportState {
  readonly run: string;
  /** `none`: there is none, and none is being made. */
  readonly state: 'none' | 'making' | 'made' | 'failed';
  /** Whether there is a page to read, perhaps an older one. */
  readonly hasPage: boolean;
  /** Since when it is being made, ISO 8601; null while it is not. */
  readonly since: string | null;
  /** What is being done, or why it failed; null otherwise. */
  readonly text: string | null;
}

/** What a maker needs. */
export interface ReportMakerOptions {
  readonly place: HomePlace;
  readonly store: Pick<Store, 'documents'>;
  readonly evaluations: Pick<Evaluations, 'page'>;
  /** The words before `report RUN …` that start the command line. Default: this package's, in this Node.js. */
  readonly command?: readonly string[];
}

/** Starts `multvae report` for a server, and tells how it stands. */
export class ReportMaker {
  readonly #options: ReportMakerOptions;
  #child: ChildProcess | null = null;
  #done: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ReportMakerOptions) {
    this.#options = options;
  }

  /** How it stands with the report of a run, whichever server makes it. */
  async state(run: string): Promise<ReportState> {
    const hasPage = (await this.#options.evaluations.page(run)) !== null;
    const making = await this.#read();
    if (making?.run !== run) {
      return { run, state: hasPage ? 'made' : 'none', hasPage, since: null, text: null };
    }
    const { state, since, text } = making;
    if (state === 'making' && isAlive(making)) return { run, state, hasPage, since, text };
    const why = state === 'failed' ? text : 'the server that made it ended; make it again';
    return { run, state: 'failed', hasPage, since: null, text: why };
  }

  /**
   * Begins to make the report of a run. Does nothing while it is being made.
   *
   * @throws RunError while the report of another run is being made
   * @throws UnavailableError when the server stops; HomeError when the home cannot be written
   */
  async start(run: string): Promise<ReportState> {
    const { documents } = this.#options.store;
    const found = await documents.read(document.kind, document.id);
    const before = makingSchema.safeParse(found).data;
    if (before?.state === 'making' && isAlive(before)) {
      if (before.run === run) return this.state(run);
      throw new RunError(
        `the report of ${before.run} is being made; make this one when that one is done`,
      );
    }
    if (this.#isClosed) throw new UnavailableError('the server is stopping; ask again in a moment');
    const making: Making = {
      run,
      state: 'making',
      since: new Date().toISOString(),
      text: 'starting',
      beat: Date.now(),
      token: randomUUID(),
    };
    // Of two that ask at once, one succeeds; the other finds what that one began.
    if (!(await documents.swap(document.kind, document.id, found, making))) return this.start(run);
    this.#done = this.#make(making);
    return this.state(run);
  }

  /** Stops what is being made, and waits until it has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#child?.kill('SIGTERM');
    await this.#done;
  }

  async #make(making: Making): Promise<void> {
    let kept = making;
    const keep = async (change: Partial<Making> | null) => {
      const next = change === null ? null : { ...kept, ...change, beat: Date.now() };
      const { documents } = this.#options.store;
      if (!(await documents.swap(document.kind, document.id, kept, next))) return;
      if (next !== null) kept = next;
    };
    let line = making.text;
    let writing = Promise.resolve();
    // A store that is busy or gone for a while ends nothing; the next sign of life may succeed.
    const later = (change: () => Partial<Making> | null) => {
      writing = writing.then(() => keep(change())).catch(() => undefined);
      return writing;
    };
    const beating = setInterval(() => void later(() => ({ text: line })), beatMs);
    let failure: string | null;
    try {
      failure = await this.#report(making.run, (told) => {
        line = told;
      });
    } catch (error) {
      failure = (error as Error).message;
    }
    clearInterval(beating);
    const text = this.#isClosed
      ? 'the server was stopped before it was done; make it again'
      : failure;
    await later(() => (text === null ? null : { state: 'failed', text }));
  }

  /** Runs the command to its end. Gives why there is no new page; null where there is one. */
  async #report(run: string, onLine: (line: string) => void): Promise<string | null> {
    const { place, evaluations, command = ownCommand() } = this.#options;
    // One thread, and the lowest priority: the requests come first.
    const words = [...command, 'report', run, '--output', '-', '--threads', '1'];
    if (this.#isClosed) return 'stopped';
    const child = spawn(process.execPath, [...words, '--home', place.folder], {
      // An address may hold a password, which everybody could see among the arguments.
      env: { ...process.env, MULTVAE_STORE: place.store ?? '', [startedByServer]: '1' },
      // The command ends when the channel closes, and so with a server that is killed.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    const ended = new Promise<string | null>((resolve) => {
      child.once('error', (error) =>
        resolve((startingError('the report', error) as Error).message),
      );
      child.once('close', (code, signal) =>
        resolve(code === 0 ? null : `it ended (${signal ?? code})`),
      );
    });
    lower(child);
    let last = '';
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        last = line.replace(/^(?:multvae|error): /, '');
        onLine(last);
      });
    }
    const failure = await ended;
    this.#child = null;
    if (failure !== null) return last || failure;
    return (await evaluations.page(run)) === null ? last || 'no page was kept' : null;
  }

  async #read(): Promise<Making | undefined> {
    const found = await this.#options.store.documents.read(document.kind, document.id);
    return makingSchema.safeParse(found).data;
  }
}

function isAlive({ beat }: Making): boolean {
  return Date.now() - beat < silenceMs;
}

function lower({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended, or the system does not allow it: the report is made as well.
  }
}

function ownCommand(): readonly string[] {
  const main = new URL(`../../cli/main${extname(import.meta.url)}`, import.meta.url);
  return [...process.execArgv, fileURLToPath(main)];
}
