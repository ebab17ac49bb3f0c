/** The title of an item with what people choose by: price, year, categories. */

import { href } from '../address.js';
import { cardFields } from '../home.js';
import { fieldText, priceText, webAddress } from '../items/card-fields.js';
import { nameOf, shortName } from '../known-items.js';
import type { Item } from '../server/api.js';
import { Icon } from './icons.js';

/** Title, price, year, categories and fields; the title leads to the item, and a sign to its page in the shop. */
export function ItemTitle({ item }: { item: Item }) {
  const facts = itemFacts(item);
  return (
    <>
      <a class="title" href={href(['item', item.itemId])}>
        {shortName(item)}
      </a>
      <ShopLink item={item} />
      {facts.length > 0 && <span class="genres">{facts.join(' · ')}</span>}
    </>
  );
}

/** What stands beside a title: price, year, categories, and fields that tell much in a word. */
export function itemFacts({ fields, year, genres }: Item): string[] {
  const card = cardFields.value;
  const more = card.more.map((name) => fieldText(fields?.[name]));
  const facts = [priceText(fields, card), year?.toString() ?? null, ...genres, ...more];
  return facts.filter((fact) => fact !== null);
}

/** A link to the item's page in the shop, where it has one. */
function ShopLink({ item }: { item: Item }) {
  const { link } = cardFields.value;
  const address = link === null ? null : webAddress(item.fields?.[link]);
  if (address === null) return null;
  return (
    <a
      class="out"
      href={address.href}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={`${nameOf(item)} at ${address.host}, in a new window`}
      title={address.host}
    >
      <Icon name="out" />
    </a>
  );
}
