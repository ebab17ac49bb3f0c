/** Which errors of a store a worker waits out. */
import { BusyError, type HomeError, StorageError, type StorageFault } from '../../../../errors.js';

/** What does not pass by itself. */
const lasting: readonly StorageFault[] = ['denied', 'replaced', 'damaged', 'foreign'];

/**
 * Whether an error may pass: the server is down, is replaced by its standby, has no room or takes no connection. It does
 * not where somebody must change something that this worker would not notice.
 */
export function isPassing(error: unknown): error is HomeError | BusyError {
  if (error instanceof BusyError) return true;
  return error instanceof StorageError && !lasting.includes(error.fault);
}
