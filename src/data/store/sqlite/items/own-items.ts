/** Keeps what a shop wrote itself, when an import replaces everything else. */
import type { Database } from 'better-sqlite3';

/** Deletes the items that came with ratings. Those that a shop wrote itself stay, and take the indices from 0 on. */
export function keepOwnItems(db: Database): void {
  db.exec('DELETE FROM items WHERE own = 0; UPDATE items SET ratings = 0');
  const items = db.prepare('SELECT item_index FROM items ORDER BY item_index').pluck().all();
  const move = db.prepare('UPDATE items SET item_index = ? WHERE item_index = ?');
  items.forEach((item, index) => {
    if (item !== index) move.run(index, item);
  });
}
