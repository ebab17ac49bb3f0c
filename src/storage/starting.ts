/** Why the system starts no further process or thread. Its limits have the codes of files and of memory. */

import { UnavailableError } from '../errors.js';
import { storageMeaning } from './faults.js';

/**
 * The error for a process or thread that cannot be started, in place of one that `spawn`, `cluster.fork` or `new Worker`
 * gave, at once or by an event. An error of another kind, such as that of a thread that ended, is given back as it is.
 *
 * @param what - the process or thread
 */
export function startingError(what: string, error: unknown): unknown {
  const why = whyNotStarted(error);
  if (why === null) return error;
  return new UnavailableError(`${what} cannot be started: ${why}`, { cause: error });
}

function whyNotStarted(error: unknown): string | null {
  const code = codeOf(error);
  if (code === 'EAGAIN') {
    return 'there are as many processes and threads as this user, container or service may have; raise the limit (`ulimit -u`), or end some of them';
  }
  const meaning = storageMeaning(Object.assign(new Error(code), { code }));
  return meaning && `${meaning.says}; ${meaning.remedy}`;
}

/** The code of the system; empty for an error of another kind. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  // Node hides the code of a thread that cannot be started in its message.
  if (error.code === 'ERR_WORKER_INIT_FAILED') return /\b(E[A-Z]+)$/.exec(error.message)?.[1] ?? '';
  return 'syscall' in error && String(error.syscall).startsWith('spawn') ? String(error.code) : '';
}
