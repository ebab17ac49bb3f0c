/** Keeps the place of the home folder out of messages that leave the server. */

import { join, sep } from 'node:path';

/** A message whose paths start inside the home folder instead of at the root. */
export function withoutHome(message: string, home: string): string {
  return message.replaceAll(join(home, sep), '');
}
