/** The bodies that describe an item. */

import { z } from 'zod';
import { type ItemDescription, itemRules } from '../../data/items/item-description.js';
import { ArgumentError, quote } from '../../errors.js';
import { idField, text } from './parameters.js';

/** How many items a list may hold; its size is limited too. */
const maxItems = 200_000;

const { maxTitle, maxGenres, minYear, maxYear } = itemRules;
const genresRule = `a string, or ${itemRules.genres}`;
const yearRule = itemRules.year;

const genres = z
  .union(
    [
      text().transform((genre) => [genre]),
      z.array(text(), { error: genresRule }).max(maxGenres, { error: genresRule }),
    ],
    { error: genresRule },
  )
  .nullable()
  .optional();

/** What the server itself keeps. A client that sends back what it got sends it too; it changes nothing. */
const kept = (why: string) => z.unknown().optional().describe(`ignored: ${why}`);

const described = {
  title: text(maxTitle, { orNull: true }).nullable().optional(),
  genres: genres.describe('its genres or categories'),
  category: genres.describe('another name of genres'),
  year: z
    .int({ error: yearRule })
    .min(minYear, { error: yearRule })
    .max(maxYear, { error: yearRule })
    .nullable()
    .optional(),
  available: z
    .boolean({ error: itemRules.available })
    .nullable()
    .optional()
    .describe('false: in no answer; default: true'),
  fields: z
    .record(z.string(), z.unknown(), { error: 'an object of names and values' })
    .optional()
    .describe('anything else by name: numbers, texts, true or false, dates, lists'),
  clicks: kept('the server counts them'),
  inModel: kept('the served run decides'),
  addedAt: kept('the server keeps it'),
};

/** An item whose id is in the address. */
export const itemBody = z
  .object(
    { itemId: idField().optional().describe('that of the address'), ...described },
    { error: 'an object such as {"title": "Lamp", "price": 19.5}' },
  )
  .catchall(z.unknown());

const listRule = `a list of 1 to ${maxItems} items`;
const list = z
  .array(
    z
      .object({ itemId: idField(), ...described }, { error: 'an object with itemId' })
      .catchall(z.unknown()),
    { error: listRule },
  )
  .min(1, { error: listRule })
  .max(maxItems, { error: listRule });

/** Several items: a list, or an object with one. */
export const itemsBody = z.union([
  list,
  z.strictObject({ items: list }, { error: `${listRule}, or an object with it as items` }),
]);

const ownNames = new Set(['itemId', ...Object.keys(described)]);

/**
 * The description that a body gives. A field may stand in `fields`, or beside the title.
 *
 * @throws ArgumentError for what is said twice
 */
export function descriptionOf(body: z.output<typeof itemBody>): ItemDescription {
  const { title, year, available, category, fields = {} } = body;
  if (body.genres !== undefined && category !== undefined) {
    throw new ArgumentError('genres and category are two names of one thing; give one of them');
  }
  const beside = Object.entries(body).filter(([name]) => !ownNames.has(name));
  const twice = beside.find(([name]) => Object.hasOwn(fields, name));
  if (twice !== undefined) {
    throw new ArgumentError(`${quote(twice[0])} stands in fields and beside it; give it once`);
  }
  return {
    title,
    year,
    genres: body.genres === undefined ? category : body.genres,
    available,
    fields: { ...fields, ...Object.fromEntries(beside) },
  };
}
