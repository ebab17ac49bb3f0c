/**
 * External ids are strings, exactly as they stood in the file ('007' is not '7'); indices are positions
 * in an array. The two never mix: ids become indices at the door and ids again at the other door.
 */
declare const brand: unique symbol;

/** A user's id as the data set writes it. */
export type UserId = string & { readonly [brand]: 'UserId' };
/** An item's id as the data set writes it. */
export type ItemId = string & { readonly [brand]: 'ItemId' };
/** A row of a click matrix. */
export type UserIndex = number & { readonly [brand]: 'UserIndex' };
/** A column of a click matrix. */
export type ItemIndex = number & { readonly [brand]: 'ItemIndex' };

/**
 * The order in which the protocol walks ids: by number when every id is a canonical integer
 * (no sign but '-', no leading zero, exact in a double), else by code point.
 */
export function idOrder(ids: readonly string[]): (a: string, b: string) => number {
  const numeric = ids.every((id) => /^(0|-?[1-9]\d{0,14})$/.test(id));
  return numeric ? (a, b) => Number(a) - Number(b) : compareCodePoints;
}

/** The order of SQLite's text, and of UTF-8 bytes; a plain `<` orders surrogates otherwise. */
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
