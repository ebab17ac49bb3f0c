/** A search field for items. */

import { withCardFields } from '../home.js';
import { nameOf, remember } from '../known-items.js';
import { type CatalogueItem, searchItems } from '../server/api.js';
import { counted, words } from '../words.js';
import { Combobox } from './combobox.js';

interface ItemSearchProps {
  readonly label: string;
  readonly placeholder: string;
  readonly onPick: (item: CatalogueItem) => void;
}

/** Finds items whose title words start with the typed words. */
export function ItemSearch({ label, placeholder, onPick }: ItemSearchProps) {
  return (
    <Combobox<CatalogueItem>
      label={label}
      placeholder={placeholder}
      nothing={`No ${words.value.item} has words that start like this.`}
      search={async (text, signal) => {
        const items = await withCardFields((fields) => searchItems(text, 8, signal, fields));
        remember(items);
        return items;
      }}
      keyOf={({ itemId }) => itemId}
      onPick={onPick}
    >
      {(item) => (
        <>
          <span>{nameOf(item)}</span>
          <small>{item.inModel ? counted(item.clicks, 'event') : 'not in the model'}</small>
        </>
      )}
    </Combobox>
  );
}
