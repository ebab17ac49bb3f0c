import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { attempt, Problem, ServerGone } from './connection.js';

/** Something that the server is asked for. */
export interface Resource<T> {
  /** The latest answer, kept while a newer one is on its way. */
  readonly value: T | undefined;
  readonly error: Problem | ServerGone | undefined;
  readonly loading: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

/**
 * Asks whenever `key` changes, when the server comes back and when another API key is there; an answer that is no
 * longer wanted is abandoned.
 *
 * @param key - says what is asked; null asks nothing
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
  // Before the effect has run, what is shown is still the answer to the question before.
  const loading = state.loading || (key !== null && state.key !== key);
  return { value, error, loading, reload: useCallback(() => setTurn((t) => t + 1), []) };
}
