/** Which fields of an item a card shows: its image, link, price and what else is short. */

import type { Field, Fields } from '../server/api.js';

/** The names of the fields that cards show; null where items have none. */
export interface CardFields {
  readonly image: string | null;
  readonly link: string | null;
  readonly price: string | null;
  readonly currency: string | null;
  /** Further fields, as they follow the categories. */
  readonly more: readonly string[];
}

const maxMore = 2;

/** Words of names, such as those of `product_image_url` and `imageLink`. */
const isImage = /^(image|img|picture|photo|poster|cover|thumb|thumbnail)s?$/;
const isLink = /^(url|link|href|permalink|website)$/;
const isPrice = /^prices?$/;
const isCurrency = /^currency$/;
/** What people choose by, and is short. */
const isTelling =
  /^(authors?|artists?|directors?|brand|maker|manufacturer|publisher|colou?r|size|language|platforms?)$/;

/** Chooses the fields of a card by their names. */
export function cardFieldsOf(fields: readonly Field[]): CardFields {
  const texts = fields.filter(({ type }) => type === 'text' || type === 'list');
  const find = (from: readonly Field[], pattern: RegExp) =>
    from.find(({ name }) => wordsOf(name).some((word) => pattern.test(word)))?.name ?? null;
  const image = find(texts, isImage);
  const price = find(
    fields.filter(({ type }) => type === 'number' || type === 'text'),
    isPrice,
  );
  return {
    image,
    link: find(
      texts.filter(({ name }) => name !== image),
      isLink,
    ),
    price,
    currency: find(texts, isCurrency),
    more: fields
      .filter(({ name, type }) => {
        const words = wordsOf(name);
        return (
          type !== 'boolean' &&
          name !== image &&
          words.some((word) => isTelling.test(word)) &&
          !words.some((word) => isLink.test(word) || word === 'id')
        );
      })
      .slice(0, maxMore)
      .map(({ name }) => name),
  };
}

/** `product_image_url` and `imageLink` as words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
}

/** The price of an item, with its currency where it has one; null where it has none. */
export function priceText(fields: Fields | undefined, { price, currency }: CardFields) {
  const amount = price === null ? undefined : fields?.[price];
  const unit = currency === null ? undefined : fields?.[currency];
  if (typeof amount === 'string') return amount === '' ? null : amount;
  if (typeof amount !== 'number') return null;
  if (typeof unit === 'string' && /^[A-Z]{3}$/.test(unit)) {
    return amount.toLocaleString(undefined, { style: 'currency', currency: unit });
  }
  return typeof unit === 'string' ? `${amount.toFixed(2)} ${unit}` : amount.toFixed(2);
}

/** The values of a field as a text; null where an item has none. */
export function fieldText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'number') return value.toLocaleString(undefined, { useGrouping: false });
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String).join(', ');
  return null;
}

/** The first address on the web that a field holds; null for anything else. */
export function webAddress(value: unknown): URL | null {
  const text = Array.isArray(value) ? value[0] : value;
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text)) return null;
  return URL.canParse(text) ? new URL(text) : null;
}

/**
 * Whether the page may load an image.
 *
 * @param hosts - sources as in a Content-Security-Policy: `https://images.example`, `https://*.shop.example`
 */
export function mayLoad(image: URL, hosts: readonly string[]): boolean {
  return hosts.some((host) => {
    const [scheme, name = ''] = host.split('://');
    if (`${scheme}:` !== image.protocol) return false;
    return name.startsWith('*.') ? image.host.endsWith(name.slice(1)) : image.host === name;
  });
}
