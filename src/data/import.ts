/** Imports ratings and titles into a home. */
import { basename } from 'node:path';
import { ArgumentError, showValue } from '../errors.js';
import { checkMinWeight, defaultThreshold, minWeightOf } from './click.js';
import { DataHash } from './data-hash.js';
import type { DataFile } from './files/bytes/data-file.js';
import { dataSetName } from './files/ratings-file.js';
import type { RatingsFileOptions, ReadRemarks } from './files/ratings-format.js';
import { noRemarks, partsRemark, recogniseParts, sizeOf } from './files/ratings-parts.js';
import { openRatingsSource } from './files/ratings-source.js';
import type { TitleBatch } from './files/titles-file.js';
import { idRule, isId } from './ids.js';
import { importMode, lastingName, refuseOtherScale, widest } from './import-mode.js';
import { availabilityOf, type ItemsSummary, itemsSummaryOf } from './items/items-summary.js';
import { shopFilesOf } from './items/shop-folder.js';
import { readTitlesOf, type TitlesOptions, titlesOf } from './items/titles-import.js';
import { Refusals } from './refused-rows.js';
import type { DatasetSummary, RatingsWriter } from './store/dataset.js';
import { openStore } from './store/open.js';
import { type HomeAt, placeAt } from './store/place.js';
import { SwallowedRecords } from './swallowed-rows.js';
import { type Understanding, understandingOf } from './understanding/understanding.js';

/** The progress of an import. */
export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Rows of the ratings file so far, refused ones included. */
  readonly rows: number;
}

/** How to import. */
export interface ImportOptions extends RatingsFileOptions, TitlesOptions {
  /** The name of the data set. Default: the one that the home's data have, else that of the folder or file. */
  readonly name?: string;
  /** Delete the ratings and titles that the home holds. Its feedback stays. */
  readonly replace?: boolean;
  /** Delete the feedback that the home holds. */
  readonly dropFeedback?: boolean;
  /** Add to the data set that the home holds. */
  readonly append?: boolean;
  /** Store the good rows and write the others to `refused-rows.jsonl` in the home, instead of stopping. */
  readonly skipBadRows?: boolean;
  /**
   * A pair whose weights add up to less is no click. Without a column of weights each row weighs 1. Default: that of the
   * home's data; else, where there are weights, every pair that weighs more than 0 is a click.
   */
  readonly minWeight?: number;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import and leaves the database as it was. The import throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The result of an import. */
export interface ImportSummary extends ReadRemarks {
  readonly dataset: DatasetSummary;
  /** Rows in the ratings file. */
  readonly read: number;
  /** Lines that the rows stand on: more than `read` where quoted fields hold line breaks. */
  readonly lines: number;
  /** Remarks on what the files hold, a sentence each. */
  readonly remarks: readonly string[];
  /** New (user, item) pairs. */
  readonly stored: number;
  /** Rows of a pair that the home had already. */
  readonly updated: number;
  /** Bad rows of the ratings and titles files that were skipped. */
  readonly refused: number;
  /** The file of the refused rows, with reasons; null when there are none. */
  readonly refusedFile: string | null;
  /** Titles in the titles file, of rated items and of others. */
  readonly titles: number;
  /** Feedback events that were deleted. */
  readonly droppedFeedback: number;
  readonly understood: Understanding;
  /** What the file of items brought; null without one. */
  readonly items: ItemsSummary | null;
  readonly seconds: number;
}

/**
 * Imports a ratings file, and the titles of its items, into a home, as one transaction. After an error, or when the
 * process is killed, the home holds what it held before.
 *
 * A later row of the same user and item replaces the rating and the timestamp of the earlier row. The earlier row's
 * place in the file order stays. Their weights add up.
 *
 * @param source - a ratings file, a folder with one or with its parts, `-` for standard input, or several of these,
 *   which are one data set in that order
 * @throws DataError when a file has a wrong format, or has a bad row and bad rows are not skipped
 * @throws DataError when rows of another scale would be appended
 * @throws HomeError when the home holds a data set and neither `replace` nor `append` is given, or holds feedback with
 *   ratings of another scale
 */
export async function importRatings(
  home: HomeAt,
  source: string | readonly string[],
  options: ImportOptions = {},
): Promise<ImportSummary> {
  checkName(options.name);
  checkMinWeight(options.minWeight);
  const first = typeof source === 'string' ? source : source[0];
  const isAlone = typeof source === 'string' || source.length === 1;
  const shop = isAlone && first !== undefined ? await shopFilesOf(first, options) : null;
  const { files, close } = await openRatingsSource(shop?.ratings ?? source, options);
  const name = dataSetName(first!);
  try {
    if (shop === null) return await importFiles(home, { name, files }, options);
    const { ratings, items } = shop;
    const summary = await importFiles(home, { name, files }, { ...options, items });
    if (items === false || options.items !== undefined) return summary;
    const remark = `${ratings} has the ratings, and ${items} the items; --no-items leaves these out`;
    return { ...summary, remarks: [remark, ...summary.remarks] };
  } finally {
    await close();
  }
}

/** Imports files, which are one data set. */
async function importFiles(
  home: HomeAt,
  source: { readonly name: string; readonly files: readonly DataFile[] },
  options: ImportOptions,
): Promise<ImportSummary> {
  const begin = performance.now();
  const ratingsFile = await recogniseParts(source.files, options);
  const again = options.append ? '--append' : '--replace';
  const titlesSource = await titlesOf(ratingsFile, options, again);
  const place = placeAt(home);
  const store = await openStore(place, { create: true });
  const refusals = new Refusals(place.folder, { skip: options.skipBadRows ?? false });
  let writer: RatingsWriter | null = null;
  try {
    const before = await store.dataset();
    const mode = importMode(place, before, options);
    const earlier = mode === 'append' ? before : null;
    const scale = widest(earlier?.scale ?? null, ratingsFile.scale);
    const minWeight = options.minWeight ?? earlier?.minWeight ?? minWeightOf(ratingsFile, options);
    writer = await store.write(mode, { threshold: defaultThreshold(scale), minWeight });
    refusals.discard();
    if (before !== null) {
      await refuseOtherScale({ place, before, mode, file: ratingsFile, store }, options);
    }
    const { users, items } = writer;
    const hash = new DataHash({
      earlier: earlier?.dataHash ?? null,
      userIds: users.ids,
      itemIds: items.ids,
      minWeight,
    });
    const bytesTotal = await sizeOf(ratingsFile);
    let read = 0;
    let remarks = noRemarks;
    let lines = 0;
    const swallowed = new SwallowedRecords(ratingsFile.path, again);
    for await (const batch of ratingsFile.read(users, items)) {
      options.signal?.throwIfAborted();
      read += batch.ratings.count + batch.refused.length;
      lines += batch.spannedLines;
      refusals.add(batch.path, batch.refused);
      remarks = batch.remarks;
      swallowed.add(batch.swallowed, batch.path);
      if (minWeight !== null) batch.ratings.weighRest(1);
      hash.update(batch.ratings);
      await writer.addRatings(batch.ratings);
      options.onProgress?.({ bytesRead: batch.bytesRead, bytesTotal, rows: read });
    }
    if (read === refusals.count) throw refusals.noGoodRow(ratingsFile.path);
    let titles = 0;
    let { trimmedIds } = remarks;
    const addTitles = async (batch: TitleBatch) => {
      options.signal?.throwIfAborted();
      const skip = !titlesSource.isNamed || (options.skipBadRows ?? false);
      refusals.add(titlesSource.file!.path, batch.refused, { skip });
      await writer!.addItems(batch.titles);
      titles += batch.titles.length;
      trimmedIds += batch.trimmedIds;
    };
    const titlesRemarks = await readTitlesOf(titlesSource, addTitles, again);
    const outcome = await writer.storeItems(availabilityOf(titlesSource.file));
    refusals.finish();
    await writer.commit({
      name: options.name ?? lastingName(before, mode) ?? source.name,
      dataHash: hash.digest(),
      scale,
      files: [
        ...new Set([
          ...(earlier?.files ?? []),
          ...ratingsFile.files.map(({ path }) => basename(path)),
          ...(titlesSource.file === null ? [] : [basename(titlesSource.file.path)]),
        ]),
      ],
      dropFeedback: options.dropFeedback ?? false,
    });
    const { stored, updated, droppedFeedback } = writer;
    return {
      dataset: (await store.dataset())!,
      read,
      lines,
      remarks: [
        ...partsRemark(ratingsFile),
        ...swallowed.remarks(),
        ...titlesSource.remarks,
        ...titlesRemarks,
      ],
      stored,
      updated,
      refused: refusals.count,
      refusedFile: refusals.publish(),
      titles,
      ...remarks,
      trimmedIds,
      droppedFeedback,
      understood: await understandingOf(ratingsFile, store, writer),
      items: titlesSource.file && itemsSummaryOf(titlesSource.file, outcome),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    await writer?.rollback();
    if (writer !== null) refusals.discard();
    await store.close();
  }
}

/** @throws ArgumentError */
function checkName(name: string | undefined): void {
  if (name !== undefined && !isId(name)) {
    throw new ArgumentError(`the name of the data set is ${showValue(name)}; give ${idRule}`);
  }
}
