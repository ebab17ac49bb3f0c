/** What an import of ratings does with the items. Each needs the version of the data raised. */
import type { Session } from '../session.js';

/** Deletes the items that came with ratings. Those that a shop wrote itself stay, and take the indices from 0 on. */
export async function keepOwnItems(session: Session): Promise<void> {
  await session.run('DELETE FROM store.items WHERE NOT own');
  await session.run('UPDATE store.items SET ratings = 0 WHERE ratings <> 0');
  // No two items may have one index at any time, so they move by way of negative ones.
  await session.run(
    `UPDATE store.items SET item_index = -1 - place
     FROM (SELECT item_index AS index, row_number() OVER (ORDER BY item_index) - 1 AS place FROM store.items) AS kept
     WHERE item_index = index AND index <> place`,
  );
  await session.run('UPDATE store.items SET item_index = -1 - item_index WHERE item_index < 0');
}

/** Counts the words of all names anew, after items were inserted or deleted in another way than by `ItemWriting`. */
export async function recountWords(session: Session): Promise<void> {
  await session.run(
    `UPDATE store.catalogue SET (names, words) =
       (SELECT count(*), coalesce(sum(word_count), 0) FROM store.items)`,
  );
}
