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

/** Grey lines in place of a list that is on its way. */
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

/** Where there is nothing to show: what that means, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Why something cannot be shown. A server that is gone or wants a key is the whole page's matter, and said there. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (!(error instanceof Problem) || error.status === 401) {
    return <p class="note">This part of the page waits for the server.</p>;
  }
  const { status } = error;
  const title =
    status === 404
      ? 'Nothing there'
      : status === 403
        ? 'Not with this key'
        : status === 409
          ? 'This model cannot do that'
          : status === 503
            ? 'Not just now'
            : 'That did not work';
  return (
    <div class="state" role="alert">
      <h2>{title}</h2>
      <p>{sentence(error)}</p>
      {status !== 404 && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The three states of anything asked for, and its value. */
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
  // While the server is gone, what it said before is still worth reading.
  if (error && (value === undefined || error instanceof Problem)) {
    return <Failure error={error} onRetry={reload} />;
  }
  return <>{value === undefined ? loading : children(value)}</>;
}

/** Across the page while the server does not answer. */
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
      <p role="alert">The server does not answer. What you see is from before.</p>
      <p class="note" aria-hidden="true">
        Trying again in {seconds} s
      </p>
      <button type="button" onClick={() => void retryNow()}>
        Try now
      </button>
    </div>
  );
}

/** Asks for an API key, in place of the view. */
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
      <h1 tabIndex={-1}>This server wants a key</h1>
      <p>
        {keyWanted.value === 'refused'
          ? 'It does not know the key that this page sent. Check it, and try again.'
          : 'Whoever runs it can give you one. A key for reading is enough to look around; one for writing also gives feedback and switches models.'}
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
      <p class="note">It is kept in this tab alone, and forgotten when you close it.</p>
    </form>
  );
}

/** At the foot of the page, where a key is in use. */
export function KeyNote() {
  if (!hasKey() || keyWanted.value !== null) return null;
  return (
    <button type="button" class="plain" onClick={dropKey}>
      Forget the API key
    </button>
  );
}
