/** The ids of runs. */
import { randomBytes } from 'node:crypto';
import { quote, UnknownRunError } from '../errors.js';

const pattern = /^[a-z0-9]+(?:-[a-z0-9]+)+$/;
const maxLength = 100;

/** Whether a text has the form of a run id: two or more lower-case words or numbers, joined by hyphens. */
export function isRunId(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

/**
 * Checks an id that came from outside, before a path is made of it.
 *
 * @throws UnknownRunError when the text is not a run id
 */
export function checkRunId(text: string): void {
  if (!isRunId(text)) {
    throw new UnknownRunError(
      `${quote(text)} is not a run id; an id looks like mult-vae-20261123-221800-4f2a. \`multvae runs\` lists them.`,
    );
  }
}

/**
 * Makes an id such as `mult-vae-20261123-221800-4f2a7`: model, UTC time, and five hex digits, of which the first three
 * are the part of the second and the last two are random.
 */
export function makeRunId(model: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const part = Math.floor((now.getUTCMilliseconds() / 1000) * 16 ** 3);
  return `${model}-${time}-${part.toString(16).padStart(3, '0')}${randomBytes(1).toString('hex')}`;
}

/**
 * Sorts ids by the time in them, newest first, whatever the model. Ids without a time come last. Ids of version 0.1 have
 * four random digits: of one second, these are in no special order, and before the others.
 */
export function newestFirst(a: string, b: string): number {
  const x = timeOf(a);
  const y = timeOf(b);
  if (x !== y) return x < y ? 1 : -1;
  return a < b ? 1 : a > b ? -1 : 0;
}

function timeOf(id: string): string {
  return /\d{8}-\d{6}(-[0-9a-f]{5}(?![0-9a-f]))?/.exec(id)?.[0] ?? '';
}
