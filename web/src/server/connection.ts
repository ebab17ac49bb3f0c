/** Requests to the server: API key, retries, and the wait for a server that is gone. */

import { signal } from '@preact/signals';

/** An error reply of the server, in the format of RFC 9457. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    detail: string,
  ) {
    super(detail);
  }
}

/** The server did not answer. */
export class ServerGone extends Error {}

const keyName = 'multvae-api-key';

/** Null while the server answers; otherwise the time of the next try, in ms since 1970. */
export const gone = signal<{ readonly retryAt: number } | null>(null);

/** Why the page asks for a key: it sent none, or the server does not know the one it sent. */
export const keyWanted = signal<'none' | 'refused' | null>(null);

/** Whether the server refused a change for lack of rights. If so, the page hides buttons that write. */
export const readOnly = signal(false);

/** Grows when failed requests are worth repeating: the server is back, or the key has changed. */
export const attempt = signal(0);

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly as?: 'json' | 'text';
}

/**
 * Sends a request to the server that the page came from. Paths are relative to the page, so that a proxy may put
 * both under any path.
 *
 * @throws Problem for an error reply; ServerGone if there is no reply
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
    // A server that is too busy did nothing, so any request is safe to repeat.
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
/** If the server asks for a longer pause, the reader decides. */
const maxPauseS = 5;

function isTooBusy({ status, headers }: Response): boolean {
  const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
  return (status === 503 || status === 429) && seconds <= maxPauseS;
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

/** The URL of an API path. Lists become repeated parameters; null, undefined and false are left out. */
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

/** Stores a key until the tab is closed, and repeats failed requests. */
export function useKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    keyWanted.value = 'refused'; // a header cannot carry it
    return;
  }
  sessionStorage.setItem(keyName, key);
  keyWanted.value = null;
  readOnly.value = false;
  attempt.value++;
}

/** Whether a key is stored. */
export function hasKey(): boolean {
  return sessionStorage.getItem(keyName) !== null;
}

/** Forgets the key. */
export function dropKey(): void {
  sessionStorage.removeItem(keyName);
  readOnly.value = false;
  attempt.value++;
}

const maxWaitMs = 15_000;
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
  waitMs = Math.min(maxWaitMs, waitMs * 2);
}

/** Checks whether the server is back. If not, the next check waits twice as long. */
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
