/** The items that a model knows, by id and by index. */
import { type ItemId, idOf } from '../../data/ids.js';
import { LargeMap } from '../../data/large-map.js';

/** A model's items; they stay the same as long as the model. */
export class Vocabulary {
  /** [I] */
  readonly ids: readonly ItemId[];
  readonly #indexOf: LargeMap<string, number>;

  /** @param items - by index, or another vocabulary of the same items */
  constructor(items: readonly ItemId[] | Vocabulary) {
    if (items instanceof Vocabulary) {
      this.ids = items.ids;
      this.#indexOf = items.#indexOf;
    } else {
      this.ids = items;
      this.#indexOf = new LargeMap(items.map((item, index) => [item, index]));
    }
  }

  /** I, how many items the model knows. */
  get count(): number {
    return this.ids.length;
  }

  /** The index of an item; undefined for one that the model does not know. */
  indexOf(itemId: string): number | undefined {
    return this.#indexOf.get(itemId);
  }

  /**
   * The ids that a caller means: ids that the model has with exactly this text, else without the blanks around it.
   *
   * @param name - what the caller calls the list
   * @throws ArgumentError for a text that cannot be an id
   */
  idsOf(texts: readonly unknown[], name: string): string[] {
    return texts.map((text) => idOf(text, name, (id) => this.#indexOf.has(id)));
  }

  /** The indices of the items that the model knows, in the given order, without repeats. */
  indices(itemIds: Iterable<string>): number[] {
    const indices = new Set<number>();
    for (const id of itemIds) {
      const index = this.#indexOf.get(id);
      if (index !== undefined) indices.add(index);
    }
    return [...indices];
  }

  /** The indices of all items but these, ascending. */
  others(items: readonly number[]): number[] {
    const isOne = new Uint8Array(this.ids.length);
    for (const item of items) isOne[item] = 1;
    return [...isOne.keys()].filter((item) => isOne[item] === 0);
  }
}
