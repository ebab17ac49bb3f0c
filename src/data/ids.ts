/**
 * The ids of users and items: what one is, and their order.
 *
 * An id is the text of the file without the blanks around it: '007' and '7.0' are not '7'. Import, titles, feedback,
 * routes and the command line all ask here. Inside the program, users and items are indices: rows and columns of a click
 * matrix. Ids become indices when data are read, and ids again when an answer leaves.
 */
import { ArgumentError, showValue } from '../errors.js';

declare const brand: unique symbol;

/** A user's id as the data set writes it. */
export type UserId = string & { readonly [brand]: 'UserId' };
/** An item's id as the data set writes it. */
export type ItemId = string & { readonly [brand]: 'ItemId' };

/** The most characters of an id; a character is a Unicode code point. */
export const maxIdLength = 500;

/** What an id is, to complete a sentence that ends with "give". */
export const idRule = `a string of 1 to ${maxIdLength} characters, without control characters`;

/** What any text is, to complete such a sentence. */
export const unicodeRule = 'a string of valid Unicode, without half of a surrogate pair';

const wholeId = new RegExp(`^(?!\\s)[^\\p{Cc}\\p{Cs}]{1,${maxIdLength}}(?<!\\s)$`, 'u');

/** Whether a text is an id as it stands, without blanks around it. */
export function isId(text: string): boolean {
  return wholeId.test(text);
}

/** Whether a text holds no half of a surrogate pair. Such a half cannot be stored: UTF-8 has no bytes for it. */
export function isUnicode(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

/** The id that a text means, without the blanks around it; or the rule that it breaks. */
export function readId(text: string): { readonly id: string } | { readonly rule: string } {
  const id = text.trim();
  if (isId(id)) return { id };
  if (id === '') return { rule: 'an id must not be empty' };
  if (!isUnicode(id)) return { rule: 'an id must be valid Unicode' };
  if (/\p{Cc}/u.test(id)) return { rule: 'an id must not hold a control character' };
  return { rule: `an id must have at most ${maxIdLength} characters` };
}

/**
 * The id that a caller means: an id as it stands, else a stored one with exactly this text, else the text without the
 * blanks around it. Homes of older versions may hold ids that are none by today's rule; those stay within reach.
 *
 * @param name - what the caller calls the value, such as `userId`
 * @param isStored - whether an id with exactly this text is stored; asked about unusual texts alone
 * @throws ArgumentError when the text is no id and is not stored
 */
export function idOf(text: unknown, name: string, isStored: (id: string) => boolean): string {
  if (typeof text === 'string') {
    if (isId(text)) return text;
    if (text !== '' && isUnicode(text) && isStored(text)) return text;
    const read = readId(text);
    if ('id' in read) return read.id;
  }
  const rule = typeof text === 'string' && !isUnicode(text) ? unicodeRule : idRule;
  throw new ArgumentError(`${name} is ${showValue(text)}; give ${rule}`);
}

/** The user whom a caller means. @throws as `idOf` */
export function userIdOf(
  stored: { userRatings(userId: string): Promise<object | null> },
  text: unknown,
  name = 'userId',
): Promise<string> {
  return storedIdOf(text, name, (id) => stored.userRatings(id));
}

/** The item that a caller means. @throws as `idOf` */
export function itemIdOf(
  stored: { item(itemId: string): Promise<object | null> },
  text: unknown,
  name = 'itemId',
): Promise<string> {
  return storedIdOf(text, name, (id) => stored.item(id));
}

/** The same as `idOf`, asking a store. @param find - gives null where nothing is stored */
async function storedIdOf(
  text: unknown,
  name: string,
  find: (id: string) => Promise<object | null>,
): Promise<string> {
  const isUnusual = typeof text === 'string' && !isId(text) && text !== '' && isUnicode(text);
  const isStored = isUnusual && (await find(text)) !== null;
  return idOf(text, name, () => isStored);
}

/**
 * The order of the ids in the evaluation protocol: by number when every id is a canonical integer (no sign but '-',
 * no leading zero, exact in a double), else by code point.
 */
export function idOrder(ids: readonly string[]): (a: string, b: string) => number {
  const numeric = ids.every((id) => /^(0|-?[1-9]\d{0,14})$/.test(id));
  return numeric ? (a, b) => Number(a) - Number(b) : compareCodePoints;
}

/** The order of text in SQLite and of UTF-8 bytes. A plain `<` would order surrogates differently. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // A surrogate stands for a code point above every other UTF-16 unit.
    if (x !== y) return (isSurrogate(x) ? x + 0x10000 : x) - (isSurrogate(y) ? y + 0x10000 : y);
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
