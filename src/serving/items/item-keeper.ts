/** Keeps what is stored of a model's items in memory, and follows the store. */
import type { Store } from '../../data/store/store.js';
import { Shelf } from '../filter/shelf.js';
import { KnownItems } from '../known-items.js';
import { Kept } from './kept.js';
import type { Vocabulary } from './vocabulary.js';

/** The part of the store that a model's items are read from. */
export type CatalogueSource = Pick<
  Store,
  'version' | 'wholeCatalogue' | 'catalogueChanges' | 'genres'
>;

/** A model's items as they are stored now. What was handed out stays as it is; a change makes another object. */
export class ItemKeeper extends Kept<KnownItems> {
  constructor(source: CatalogueSource, vocabulary: Vocabulary) {
    super({
      version: () => source.version(),
      read: async (before) => {
        const changes = before && (await source.catalogueChanges(before.catalogueVersion));
        if (before === null || changes === null) {
          return new KnownItems(vocabulary, new Shelf(await source.wholeCatalogue(vocabulary.ids)));
        }
        return changes.version === before.catalogueVersion ? before : before.changed(changes);
      },
    });
  }
}
