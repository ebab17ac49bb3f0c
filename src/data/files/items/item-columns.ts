/** The columns of a file of items: what each is for, and how a header is understood. */
import { ArgumentError, DataError, quote } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { isFieldName } from '../../items/fields.js';

/** What a column of a file of items can be for; every other column is a field. */
export const itemPurposes = ['id', 'title', 'category', 'year', 'available'] as const;
export type ItemPurpose = (typeof itemPurposes)[number];

/** The flags that name a column. */
export const itemFlags: Readonly<Record<ItemPurpose, string>> = {
  id: '--item-id-column',
  title: '--title-column',
  category: '--category-column',
  year: '--year-column',
  available: '--available-column',
};

/**
 * The columns that a caller names, as the header writes them; the others are found by their names. Null: the file has no
 * such column, whatever its names say.
 */
export interface ItemColumnNames {
  readonly id?: string;
  readonly title?: string | null;
  readonly category?: string | null;
  readonly year?: string | null;
  readonly available?: string | null;
}

/** A header, understood. */
export interface ItemColumns {
  /** The place of each column in a row, from 0; absent for one that the file does not have. */
  readonly places: Readonly<Record<'id', number>> & Partial<Readonly<Record<ItemPurpose, number>>>;
  /** The other columns: the fields. */
  readonly fields: readonly { readonly name: string; readonly place: number }[];
}

const nouns = ['item', 'product', 'movie', 'track', 'song', 'book', 'article', 'variant'];

/** Each noun with each ending. */
function composed(...endings: string[]): string[] {
  return nouns.flatMap((noun) => endings.map((ending) => noun + ending));
}

function namesIn(text: string, others: readonly string[] = []): ReadonlySet<string> {
  return new Set([...text.split(' ').filter(Boolean), ...others]);
}

/**
 * The usual names, in lower case and without punctuation and digits. Those of the first set come before those of the
 * second.
 */
const usualNames: Readonly<
  Record<ItemPurpose, readonly [ReadonlySet<string>, ReadonlySet<string>]>
> = {
  id: [
    namesIn(
      'id iid sid sku asin parentasin isbn ean gtin upc handle stockcode',
      composed('id', 'sku', 'no', 'number', 'code'),
    ),
    namesIn('code', nouns),
  ],
  title: [namesIn('title name displayname', composed('title', 'name')), namesIn('label', nouns)],
  category: [
    namesIn('category categories genre genres categoryname productcategory'),
    namesIn('producttype type department maincategory'),
  ],
  year: [namesIn('year releaseyear publicationyear yearofpublication yearofrelease'), new Set()],
  available: [
    namesIn('instock available availability isavailable isinstock stockstatus'),
    namesIn('stock active isactive stockquantity stocklevel inventory'),
  ],
};

/** What is known of a file before its columns are understood. */
export interface ItemHeader {
  readonly path: string;
  /** The line of the header. */
  readonly line: number;
  readonly header: readonly string[];
  /** The name of the column with the ids in the ratings, which tells the same column here among several. */
  readonly idName?: string | undefined;
}

/** Whether a header names the id of items. */
export function namesItems(header: readonly string[]): boolean {
  return header.some((name) => usualNames.id.some((known) => known.has(plain(name))));
}

/**
 * Finds the columns of a header: those that the caller names, and the others by their names.
 *
 * @throws ArgumentError when a named column is not in the header
 * @throws DataError when no column has ids, two columns could be one, or two fields have one name
 */
export function understandItems(facts: ItemHeader, wanted: ItemColumnNames = {}): ItemColumns {
  const { path, line, header } = facts;
  const places: Partial<Record<ItemPurpose, number>> = namedPlaces(facts, wanted);
  for (const purpose of itemPurposes) {
    if (places[purpose] !== undefined || wanted[purpose] === null) continue;
    const taken = new Set(Object.values(places));
    const candidates = candidatesFor(purpose, facts, taken);
    if (candidates.length > 1) throw severalCandidates(facts, purpose, candidates);
    if (candidates.length === 1) places[purpose] = candidates[0]!;
  }
  const { id } = places;
  if (id === undefined) {
    const columns = listed(header);
    throw DataError.because({ file: path, line }, remedies.itemIdMissing({ columns }));
  }
  const used = new Set(Object.values(places));
  const fields = header.flatMap((name, place) => {
    const trimmed = name.trim();
    return used.has(place) || !isFieldName(trimmed) ? [] : [{ name: trimmed, place }];
  });
  if (places.available !== undefined) {
    fields.push({ name: header[places.available]!.trim(), place: places.available });
    fields.sort((a, b) => a.place - b.place);
  }
  refuseTwice(facts, fields);
  return { places: { ...places, id }, fields };
}

function candidatesFor(
  purpose: ItemPurpose,
  { header, idName }: ItemHeader,
  taken: ReadonlySet<number>,
): number[] {
  const free = [...header.keys()].filter((at) => !taken.has(at));
  if (purpose === 'id' && idName !== undefined) {
    const same = free.filter((at) => plain(header[at]!) === plain(idName));
    if (same.length === 1) return same;
  }
  for (const known of usualNames[purpose]) {
    const found = free.filter((at) => known.has(plain(header[at]!)));
    if (found.length > 0) return found;
  }
  return [];
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

function namedPlaces(
  { path, header }: ItemHeader,
  wanted: ItemColumnNames,
): Partial<Record<ItemPurpose, number>> {
  const places: Partial<Record<ItemPurpose, number>> = {};
  for (const purpose of itemPurposes) {
    const name = wanted[purpose];
    if (name === undefined || name === null) continue;
    const flag = `${itemFlags[purpose]} ${quote(name)}`;
    const found = [...header.keys()].filter((at) => header[at]!.trim() === name.trim());
    if (found.length === 0) {
      throw new ArgumentError(
        `${flag}: the header of ${path} has no such column; it has ${listed(header)}`,
      );
    }
    if (found.length > 1) {
      throw new ArgumentError(
        `${flag}: the header of ${path} has that column more than once; rename one`,
      );
    }
    if (Object.values(places).includes(found[0]!)) {
      throw new ArgumentError(
        `the column ${quote(name)} is named twice; id, title, category, year and availability must be different columns`,
      );
    }
    places[purpose] = found[0]!;
  }
  return places;
}

function severalCandidates(
  { path, line, header }: ItemHeader,
  purpose: ItemPurpose,
  candidates: readonly number[],
): DataError {
  const names = candidates.map((at) => header[at]!.trim());
  if (new Set(names).size < names.length) return twice({ path, line }, names[0]!);
  const flag = itemFlags[purpose];
  return DataError.because(
    { file: path, line },
    remedies.itemColumnAmbiguous({ purpose, names, flag }),
  );
}

function refuseTwice(
  { path, line }: ItemHeader,
  fields: readonly { readonly name: string }[],
): void {
  const names = fields.map(({ name }) => name);
  const again = names.find((name, at) => names.indexOf(name) < at);
  if (again !== undefined) throw twice({ path, line }, again);
}

function twice({ path, line }: Pick<ItemHeader, 'path' | 'line'>, name: string): DataError {
  return DataError.because({ file: path, line }, remedies.itemColumnTwice({ name }));
}

/** Column names as they are shown in a message: twenty at most. */
function listed(header: readonly string[]): string {
  const shown = header.slice(0, 20).map((name) => quote(name));
  return header.length > 20 ? `${shown.join(', ')}, …` : shown.join(', ');
}
