/** The errors for a file that cannot be read. */
import { DataError } from '../../../errors.js';
import { storageMeaning } from '../../../storage/faults.js';

/** The error for a file that cannot be read. @param remedy - where the system does not say what is wrong */
export function unreadableFile(path: string, cause: unknown, remedy: string): DataError {
  const rule = `cannot be read (${(cause as Error).message})`;
  const meaning = storageMeaning(cause);
  if (meaning === null || meaning.fault === 'path') {
    return new DataError({ file: path }, rule, remedy);
  }
  const [first = '', ...rest] = meaning.remedy;
  const advice = `${first.toUpperCase()}${rest.join('')}`;
  return new DataError({ file: path }, `${rule}: ${meaning.says}`, advice);
}

/** Gives a handler that turns an error of opening or reading a file into a DataError. */
export function refuseUnreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw unreadableFile(path, cause, 'Check the path');
  };
}
