import { signal } from '@preact/signals';

/** An error that the server answered with, as RFC 9457 has it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    detail: string,
  ) {
    super(detail);
  }
}

/** No answer at all. */
export class ServerGone extends Error {}

const keyName = 'multvae-api-key';

/** Whether the server answered the last time; while it is gone, `retryAt` is the time of the next try. */
export const gone = signal<{ readonly retryAt: number } | null>(null);

/** Why a key is asked for: none was sent, or the server does not know the one that was. */
export const keyWanted = signal<'none' | 'refused' | null>(null);

/** Whether the key, or the lack of one, was refused a change: buttons that write are hidden then. */
export const readOnly = signal(false);

/** Counts up when what failed may succeed: the server is back, or another key is there. */
export const attempt = signal(0);

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly as?: 'json' | 'text';
}

/**
 * Asks the server that the page came from; paths are relative to the page, so that a proxy may put both anywhere.
 *
 * @throws Problem what the server answered; ServerGone where it did not
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { method = 'GET', body, as = 'json' } = options;
  const key = sessionStorage.getItem(keyName);
  const headers = new Headers();
  if (key !== null) headers.set('Authorization', `Bearer ${key}`);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const send = () =>
    fetch(addressOf(path, options.query), {
      method,
      headers,
      signal: options.signal ?? null,
      body: body === undefined ? null : JSON.stringify(body),
    });
  let response: Response;
  let text: string;
  try {
    response = await send();
    // Too busy: it did nothing at all, so asking again is safe, whatever was asked.
    for (let turn = 0; turn < maxRetries && isTooBusy(response); turn++) {
      await pause(Number(response.headers.get('Retry-After')) * 1000, options.signal);
      response = await send();
    }
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    lost();
    throw new ServerGone('The server does not answer.');
  }
  if (!response.ok) {
    const problem = problemOf(response, text);
    if (problem.status === 401) keyWanted.value = key === null ? 'none' : 'refused';
    if (problem.code === 'E_SCOPE') readOnly.value = true;
    throw problem;
  }
  return (as === 'text' ? text : text === '' ? null : JSON.parse(text)) as T;
}

const maxRetries = 3;
/** A longer wait is the reader's to decide on. */
const longestPauseS = 5;

function isTooBusy({ status, headers }: Response): boolean {
  const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
  return (status === 503 || status === 429) && seconds <= longestPauseS;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The address of a path of the API; lists become repeated parameters, and what is unset is left out. */
export function addressOf(path: string, query: Readonly<Record<string, unknown>> = {}): string {
  const url = new URL(path, document.baseURI);
  url.hash = '';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === false) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, String(each));
    }
  }
  return url.href;
}

function problemOf(response: Response, text: string): Problem {
  try {
    const { code = null, detail } = JSON.parse(text);
    return new Problem(response.status, code, String(detail));
  } catch {
    return new Problem(response.status, null, `The server answered ${response.status}.`);
  }
}

/** Keeps a key until the tab is closed, and tries again with it. */
export function useKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    keyWanted.value = 'refused'; // no header can carry it
    return;
  }
  sessionStorage.setItem(keyName, key);
  keyWanted.value = null;
  readOnly.value = false;
  attempt.value++;
}

/** Whether a key is kept. */
export function hasKey(): boolean {
  return sessionStorage.getItem(keyName) !== null;
}

/** Forgets the key. */
export function dropKey(): void {
  sessionStorage.removeItem(keyName);
  readOnly.value = false;
  attempt.value++;
}

const longestWaitMs = 15_000;
let waitMs = 1000;
let timer: ReturnType<typeof setTimeout> | undefined;

function lost(): void {
  if (gone.value !== null) return;
  waitMs = 1000;
  plan();
}

function plan(): void {
  gone.value = { retryAt: Date.now() + waitMs };
  timer = setTimeout(retryNow, waitMs);
  waitMs = Math.min(longestWaitMs, waitMs * 2);
}

/** Asks whether the server is back; where it is not, waits twice as long as before. */
export async function retryNow(): Promise<void> {
  clearTimeout(timer);
  try {
    await fetch(addressOf('health/live'));
    gone.value = null;
    attempt.value++;
  } catch {
    plan();
  }
}
