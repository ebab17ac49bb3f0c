/**
 * The ids of users and items, and their order.
 *
 * An id is the exact text of the file: '007' is not '7'. Inside the program, users and items are indices: rows and
 * columns of a click matrix. Ids become indices when data are read, and ids again when an answer leaves.
 */
declare const brand: unique symbol;

/** A user's id as the data set writes it. */
export type UserId = string & { readonly [brand]: 'UserId' };
/** An item's id as the data set writes it. */
export type ItemId = string & { readonly [brand]: 'ItemId' };

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
