/** Imports a file of items alone: it brings or changes items, and touches no rating. */
import type { ItemsFileOptions } from '../files/items/item-table.js';
import { readTitles, recogniseTitles } from '../files/titles-file.js';
import { Refusals } from '../refused-rows.js';
import type { DatasetSummary } from '../store/dataset.js';
import type { CatalogueImport } from '../store/item-writes.js';
import { openStore } from '../store/open.js';
import { type HomeAt, placeAt } from '../store/place.js';
import { SwallowedRecords } from '../swallowed-rows.js';
import { availabilityOf, type ItemsSummary, itemsSummaryOf } from './items-summary.js';

/** The progress of an import. */
interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
}

/** How to import items. */
export interface ItemsImportOptions extends ItemsFileOptions {
  /** The file is the whole catalogue: its items are written whole, and every other item is removed. Default: false. */
  readonly replace?: boolean;
  /** Store the good rows and write the others to `refused-rows.jsonl` in the home, instead of stopping. */
  readonly skipBadRows?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import and leaves the database as it was. The import throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The result of an import of items. */
export interface ItemsImportSummary extends ItemsSummary {
  /** The ratings of the home, which stay as they are; null where it holds none yet. */
  readonly dataset: DatasetSummary | null;
  /** Rows in the file. */
  readonly read: number;
  /** Items that the file does not hold and that were removed, with `replace`. */
  readonly removed: number;
  /** Bad rows that were skipped. */
  readonly refused: number;
  /** The file of the refused rows, with reasons; null when there are none. */
  readonly refusedFile: string | null;
  /** Ids with blanks around them, which were left out. */
  readonly trimmedIds: number;
  /** Remarks on what the file holds, a sentence each. */
  readonly remarks: readonly string[];
  readonly seconds: number;
}

/**
 * Imports a file of items into a home, as one transaction. After an error, or when the process is killed, the home holds
 * what it held before. Items that the home has already are changed in what the file says of them.
 *
 * @param path - `u.item`, `movies.dat`, `movies.csv`, or any table with a header
 * @throws DataError when the file has a wrong format, or has a bad row and bad rows are not skipped
 * @throws HomeError when the home's database cannot be used
 */
export async function importItems(
  home: HomeAt,
  path: string,
  options: ItemsImportOptions = {},
): Promise<ItemsImportSummary> {
  const begin = performance.now();
  const file = await recogniseTitles(path, options);
  const place = placeAt(home);
  const store = await openStore(place, { create: true });
  const refusals = new Refusals(place.folder, { skip: options.skipBadRows ?? false });
  const swallowed = new SwallowedRecords(path, options.replace ? '--replace' : '');
  let writer: CatalogueImport | null = null;
  try {
    writer = await store.writeItems();
    refusals.discard();
    const bytesTotal = await file.file.size();
    let read = 0;
    let trimmedIds = 0;
    for await (const batch of readTitles(file)) {
      options.signal?.throwIfAborted();
      refusals.add(path, batch.refused);
      await writer.add(batch.titles);
      swallowed.add(batch.swallowed);
      read += batch.titles.length + batch.refused.length;
      trimmedIds += batch.trimmedIds;
      options.onProgress?.({ bytesRead: batch.bytesRead, bytesTotal, rows: read });
    }
    if (read === refusals.count) throw refusals.noGoodRow(path, 'item');
    refusals.finish();
    const { removed, ...outcome } = await writer.commit({
      availability: availabilityOf(file),
      isWhole: options.replace ?? false,
    });
    return {
      ...itemsSummaryOf(file, outcome),
      dataset: await store.dataset(),
      read,
      removed,
      refused: refusals.count,
      refusedFile: refusals.publish(),
      trimmedIds,
      remarks: swallowed.remarks(),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    await writer?.rollback();
    if (writer !== null) refusals.discard();
    await store.close();
  }
}
