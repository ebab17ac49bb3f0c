/** What the page shows while data is loading, missing, refused or unreachable. */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sentence } from '../announce.js';
import {
  dropKey,
  gone,
  hasKey,
  keyWanted,
  Problem,
  retryNow,
  useKey,
} from '../server/connection.js';
import type { Resource } from '../server/resource.js';

/** Grey lines in place of a list that is still loading. */
export function Skeleton({ lines, label }: { lines: number; label: string }) {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

/** Explains why there is nothing to show, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Explains why something cannot be shown. The page itself reports an unreachable server and a missing key. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (!(error instanceof Problem) || error.status === 401) {
    return <p class="note">This part of the page waits for the server.</p>;
  }
  const { status } = error;
  const title =
    status === 404
      ? 'Not found'
      : status === 403
        ? 'This key may not do that'
        : status === 409
          ? 'This model cannot do that'
          : status === 503
            ? 'Not available right now'
            : 'That did not work';
  return (
    <div class="state" role="alert">
      <h2>{title}</h2>
      <p>{sentence(error)}</p>
      {mayPass(status) && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Whether the same request may succeed later: the server was busy, slow or ill. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Shows a resource: loading, failed, or its value. */
export function Loaded<T>({
  resource,
  loading,
  children,
}: {
  resource: Resource<T>;
  loading: ComponentChildren;
  children: (value: T) => ComponentChildren;
}) {
  const { value, error, reload } = resource;
  // While the server is unreachable, its last answer is still worth reading.
  if (error && (value === undefined || error instanceof Problem)) {
    return <Failure error={error} onRetry={reload} />;
  }
  return <>{value === undefined ? loading : children(value)}</>;
}

/** A banner across the page while the server does not answer. */
export function GoneBanner() {
  const [now, setNow] = useState(Date.now());
  const since = gone.value;
  useEffect(() => {
    if (since === null) return;
    const ticking = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(ticking);
  }, [since]);
  if (since === null) return null;
  const seconds = Math.max(0, Math.ceil((since.retryAt - now) / 1000));
  return (
    <div class="banner">
      <p role="alert">The server does not answer. This page may be out of date.</p>
      <p class="note" aria-hidden="true">
        Trying again in {seconds} s
      </p>
      <button type="button" onClick={() => void retryNow()}>
        Try now
      </button>
    </div>
  );
}

/** Asks for an API key. It replaces the view. */
export function KeyForm() {
  const [key, setKey] = useState('');
  return (
    <form
      class="state key"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) useKey(key.trim());
      }}
    >
      <h1 tabIndex={-1}>This server needs an API key</h1>
      <p>
        {keyWanted.value === 'refused'
          ? 'The server does not know this key. Check it and try again.'
          : 'Ask the operator for one. A read key is enough to look around. A write key also lets you give feedback and switch models.'}
      </p>
      <label for="api-key">API key</label>
      <div class="row">
        <input
          id="api-key"
          type="password"
          autocomplete="off"
          value={key}
          aria-invalid={keyWanted.value === 'refused'}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Use this key
        </button>
      </div>
      <p class="note">The key stays in this tab. Closing the tab deletes it.</p>
    </form>
  );
}

/** A button at the foot of the page that forgets the key in use. */
export function KeyNote() {
  if (!hasKey() || keyWanted.value !== null) return null;
  return (
    <button type="button" class="plain" onClick={dropKey}>
      Forget the API key
    </button>
  );
}
