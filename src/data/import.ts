/** Imports ratings and titles into a home. */
import { closeSync, fsyncSync, openSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DataError, HomeError } from '../errors.js';
import { publishPartial, unwritable } from '../storage/durable-files.js';
import { removePartial } from '../storage/partial-files.js';
import { DataHash } from './data-hash.js';
import { dataSetName, findRatingsFile, recogniseRatings } from './files/ratings-file.js';
import type { RatingsFileOptions, ReadRemarks } from './files/ratings-format.js';
import type { RefusedRow } from './files/table-rows.js';
import type { TitleBatch } from './files/titles-file.js';
import { type DatasetSummary, RatingsDatabase } from './store/sqlite/ratings-database.js';
import type { ImportMode, RatingsWriter } from './store/sqlite/ratings-writer.js';
import { SwallowedRecords } from './swallowed-rows.js';
import { readTitlesOf, type TitlesOptions, titlesOf } from './titles-import.js';

/** The progress of an import. */
export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Rows of the ratings file so far, refused ones included. */
  readonly rows: number;
}

/** How to import. */
export interface ImportOptions extends RatingsFileOptions, TitlesOptions {
  /** The name of the data set. Default: the name of its folder or file. */
  readonly name?: string;
  /** Delete the data set that the home holds. */
  readonly replace?: boolean;
  /** Add to the data set that the home holds. */
  readonly append?: boolean;
  /** Store the good rows and write the others to `refused-rows.jsonl` in the home, instead of stopping. */
  readonly skipBadRows?: boolean;
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
  readonly titles: number;
  /** Feedback events that were deleted together with a replaced data set. */
  readonly droppedFeedback: number;
  readonly seconds: number;
}

/**
 * Imports a ratings file, and the titles of its items, into a home, as one transaction. After an error, or when the
 * process is killed, the home holds what it held before.
 *
 * A later row of the same user and item replaces the rating and the timestamp of the earlier row. The earlier row's
 * place in the file order stays.
 *
 * @param source - a ratings file, or a folder with one
 * @throws DataError when a file has a wrong format, or has a bad row and bad rows are not skipped
 * @throws HomeError when the home holds a data set and neither `replace` nor `append` is given
 */
export async function importRatings(
  home: string,
  source: string,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const begin = performance.now();
  const ratingsPath = findRatingsFile(source);
  const ratingsFile = await recogniseRatings(ratingsPath, options);
  const again = options.append ? '--append' : '--replace';
  const titlesSource = await titlesOf(ratingsFile, options, again);
  const name = options.name ?? dataSetName(source);
  const database = RatingsDatabase.open(home, { create: true });
  const refusals = new Refusals(home, { skip: options.skipBadRows ?? false });
  let writer: RatingsWriter | null = null;
  try {
    const before = database.dataset();
    const mode = importMode(home, name, before, options);
    writer = database.write(mode);
    refusals.discard();
    const earlier = mode === 'append' ? before : null;
    const { users, items } = writer;
    const hash = new DataHash(earlier?.dataHash ?? null, users.ids, items.ids);
    const bytesTotal = statSync(ratingsPath).size;
    let read = 0;
    let remarks: ReadRemarks = { trimmedIds: 0, milliseconds: 0, microseconds: 0 };
    let lines = 0;
    const swallowed = new SwallowedRecords(ratingsPath, again);
    for await (const batch of ratingsFile.read(users, items)) {
      options.signal?.throwIfAborted();
      read += batch.ratings.count + batch.refused.length;
      lines += batch.spannedLines;
      refusals.add(ratingsPath, batch.refused);
      remarks = batch.remarks;
      swallowed.add(batch.swallowed);
      hash.update(batch.ratings);
      writer.addRatings(batch.ratings);
      options.onProgress?.({ bytesRead: batch.bytesRead, bytesTotal, rows: read });
    }
    if (read === refusals.count) {
      throw new DataError({ file: ratingsPath }, 'holds no usable rating', 'Check its format');
    }
    let titles = 0;
    let { trimmedIds } = remarks;
    const addTitles = (batch: TitleBatch) => {
      options.signal?.throwIfAborted();
      const skip = !titlesSource.isNamed || (options.skipBadRows ?? false);
      refusals.add(titlesSource.file!.path, batch.refused, { skip });
      writer!.addTitles(batch.titles);
      titles += batch.titles.length;
      trimmedIds += batch.trimmedIds;
    };
    const titlesRemarks = await readTitlesOf(titlesSource, addTitles, again);
    refusals.finish();
    writer.commit({
      name: earlier === null ? name : `${earlier.name}+${name}`,
      dataHash: hash.digest(),
      scale: widest(earlier?.scale ?? null, ratingsFile.scale),
      files: [
        ...(earlier?.files ?? []),
        basename(ratingsPath),
        ...(titlesSource.file === null ? [] : [basename(titlesSource.file.path)]),
      ],
    });
    const { stored, updated, droppedFeedback } = writer;
    return {
      dataset: database.dataset()!,
      read,
      lines,
      remarks: [...swallowed.remarks(), ...titlesSource.remarks, ...titlesRemarks],
      stored,
      updated,
      refused: refusals.count,
      refusedFile: refusals.publish(),
      titles,
      ...remarks,
      trimmedIds,
      droppedFeedback,
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    writer?.rollback();
    if (writer !== null) refusals.discard();
    database.close();
  }
}

function importMode(
  home: string,
  name: string,
  before: DatasetSummary | null,
  { replace, append }: ImportOptions,
): ImportMode {
  if (before === null) return 'new';
  if (replace) return 'replace';
  if (append) return 'append';
  throw new HomeError(
    before.name === name
      ? `${home} already holds ${name} (${before.ratings} ratings); --replace imports it again, --append adds its rows to it`
      : `${home} holds another data set, ${before.name}; --replace drops it, --append adds ${name} to it, --home chooses another folder`,
  );
}

function widest(a: DatasetSummary['scale'], b: DatasetSummary['scale']): DatasetSummary['scale'] {
  if (a === null || b === null) return a ?? b;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** The bad rows of an import: the first one stops it, or all of them go to a file beside the database. */
class Refusals {
  count = 0;
  readonly #home: string;
  readonly #skip: boolean;
  #file: number | null = null;

  constructor(home: string, { skip }: { skip: boolean }) {
    this.#home = home;
    this.#skip = skip;
  }

  get #pending(): string {
    return join(this.#home, 'refused-rows.jsonl.importing');
  }

  /** @throws DataError for the first row, when bad rows are not skipped */
  add(path: string, rows: readonly RefusedRow[], { skip = this.#skip } = {}): void {
    for (const { line, column, value, rule, remedy, row } of rows) {
      if (!skip) {
        const place = {
          file: path,
          line,
          ...(column === undefined ? {} : { column }),
          ...(value === undefined ? {} : { value }),
        };
        throw new DataError(
          place,
          rule,
          remedy ?? 'Correct the row, or leave it out with --skip-bad-rows',
        );
      }
      const text = `${JSON.stringify({ file: path, line, column, value, rule, row })}\n`;
      try {
        this.#file ??= openSync(this.#pending, 'w');
        writeFileSync(this.#file, text);
      } catch (error) {
        throw unwritable(this.#pending, error);
      }
      this.count++;
    }
  }

  /** Waits until the disk has the file. Call it before the import is stored, so that a full disk stops that. */
  finish(): void {
    if (this.#file === null) return;
    try {
      fsyncSync(this.#file);
    } catch (error) {
      throw unwritable(this.#pending, error);
    }
  }

  /** Gives the file its final name. Call it when the import is stored. */
  publish(): string | null {
    if (this.#file === null) return null;
    this.#close();
    const path = join(this.#home, 'refused-rows.jsonl');
    try {
      publishPartial(this.#pending, path);
    } catch (error) {
      throw unwritable(path, error);
    }
    return path;
  }

  /** Removes a file that was not published, this import's or a killed one's. Only one import at a time calls it. */
  discard(): void {
    this.#close();
    removePartial(this.#pending);
  }

  #close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
