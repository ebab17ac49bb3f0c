/** Keeps the place of the home folder out of messages that leave the server. */

import { parse, resolve, sep } from 'node:path';

/**
 * A message in which every path inside the home folder starts there instead of at the root, and the folder itself is
 * `the home folder`, however often they occur.
 *
 * @param home - the folder as the server was told it, or as an absolute path: messages may have either
 */
export function withoutHome(message: string, home: string): string {
  const whole = resolve(home);
  const given = home.endsWith(sep) ? home.slice(0, -1) : home;
  // `.` stands in too many places that are not the home.
  const places = [whole, given].filter((place) => /\w/.test(place) && place !== parse(whole).root);
  return places.reduce((text, place) => {
    const path = place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const separator = sep.replace('\\', '\\\\');
    return text
      .replace(new RegExp(`(?<![\\w./\\\\-])${path}${separator}(?=[\\w-]|\\.\\w)`, 'g'), '')
      .replace(
        new RegExp(`(?<![\\w./\\\\-])${path}${separator}?(?![\\w-]|\\.\\w)`, 'g'),
        'the home folder',
      );
  }, message);
}
