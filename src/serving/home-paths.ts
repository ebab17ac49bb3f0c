/** Keeps the place of the home out of messages that leave the server: its folder, and the address of its store. */

import { parse, resolve, sep } from 'node:path';

/**
 * The words of a command as clients may see them: without `--home` and `--store`, whose folder and address are the
 * server's own business, and without the place of the home in any other word.
 */
export function commandWithoutHome(words: readonly string[], home: string): string[] {
  return words.flatMap((word, place) =>
    isPlace(word) || isPlaceFlag(words[place - 1]) ? [] : [withoutHome(word, home)],
  );
}

const isPlaceFlag = (word: string | undefined) => word === '--home' || word === '--store';
const isPlace = (word: string) => isPlaceFlag(word) || /^--(home|store)=/.test(word);

/** The address of a store in a message, with its schema; a full stop or a bracket after it is not part of it. */
const address = /\bpostgres(?:ql)?:\/\/[^\s"'`<>()]*[^\s"'`<>().,:;]/g;

/**
 * A message in which every path inside the home folder starts there instead of at the root, and the folder itself is
 * `the home folder`, however often they occur. The address of a store is `the store`.
 *
 * @param home - the folder as the server was told it, or as an absolute path: messages may have either
 */
export function withoutHome(message: string, home: string): string {
  const whole = resolve(home);
  const given = home.endsWith(sep) ? home.slice(0, -1) : home;
  // `.` stands in too many places that are not the home.
  const places = [whole, given].filter((place) => /\w/.test(place) && place !== parse(whole).root);
  const withoutStore = message.replace(address, 'the store');
  return places.reduce((text, place) => {
    const path = place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const separator = sep.replace('\\', '\\\\');
    const within = new RegExp(`(?<![\\w./\\\\-])${path}${separator}(?=[\\w-]|\\.\\w)`, 'g');
    // A home may have the name `data`, and then its name alone is a word like any other.
    const end = /^\w+$/.test(place) ? separator : `${separator}?`;
    const itself = new RegExp(`(?<![\\w./\\\\-])${path}${end}(?![\\w-]|\\.\\w)`, 'g');
    return text.replace(within, '').replace(itself, 'the home folder');
  }, withoutStore);
}
