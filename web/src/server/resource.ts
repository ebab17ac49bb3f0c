/** A hook that loads data from the server and keeps it current. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { attempt, Problem, ServerGone } from './connection.js';

/** Data loaded from the server. */
export interface Resource<T> {
  /** The latest answer; it stays while a newer one loads. */
  readonly value: T | undefined;
  readonly error: Problem | ServerGone | undefined;
  readonly loading: boolean;
  /** Loads the data again. */
  readonly reload: () => void;
}

/**
 * Loads data when `key` changes, when the server is back, and when the API key changes. Outdated requests are aborted.
 *
 * @param key - identifies the data; null loads nothing
 */
export function useResource<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, 'reload'> & { key: string | null }>({
    value: undefined,
    error: undefined,
    loading: key !== null,
    key,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const again = attempt.value;
  useEffect(() => {
    if (key === null) {
      setState({ value: undefined, error: undefined, loading: false, key });
      return;
    }
    const controller = new AbortController();
    setState(({ value, error }) => ({ value, error, loading: true, key }));
    latest.current(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ value, error: undefined, loading: false, key });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        if (!(error instanceof Problem || error instanceof ServerGone)) throw error;
        setState(({ value }) => ({ value, error, loading: false, key }));
      },
    );
    return () => controller.abort();
  }, [key, turn, again]);
  const { value, error } = state;
  // Until the effect runs, the state still belongs to the previous key.
  const loading = state.loading || (key !== null && state.key !== key);
  return { value, error, loading, reload: useCallback(() => setTurn((t) => t + 1), []) };
}
