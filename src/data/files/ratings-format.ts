/** What a format of ratings files provides: how its files are found and recognised, and how they are read. */
import type { DataFile } from './bytes/data-file.js';
import type { ColumnNames, UnderstoodColumns } from './columns.js';
import type { IdIndex } from './id-index.js';
import type { Scale } from './rating.js';
import type { RatingList } from './rating-list.js';
import type { FileHead } from './text/file-head.js';
import type { TableOptions } from './text/table-form.js';
import type { RefusedRow, SwallowedRows } from './text/table-rows.js';

/** What a caller says about a ratings file. */
export interface RatingsFileOptions extends TableOptions {
  /** Columns by their names in the header, or by their numbers, from 1. Default: the usual names. */
  readonly columns?: ColumnNames;
  /**
   * The encoding of the text: utf-8, utf-16le, utf-16be, latin1 or windows-1252, in any usual spelling. Default: UTF-8.
   * A byte order mark decides before it.
   */
  readonly encoding?: string;
  /** The lowest and highest allowed rating. Default: from the format. */
  readonly scale?: Scale;
}

/** What a reader changed, counted from the beginning of the file. */
export interface ReadRemarks {
  /** Ids with blanks around them, which were left out. */
  readonly trimmedIds: number;
  /** Times in milliseconds, which were turned into seconds. */
  readonly milliseconds: number;
  /** Times in microseconds, which were turned into seconds. */
  readonly microseconds: number;
  /** Dates without separators, such as 20231114. */
  readonly compactDates: number;
  /** Dates without a zone, which were taken as UTC. */
  readonly withoutZone: number;
  /** Refused rows whose rating is a number outside of the scale. */
  readonly outOfScale: number;
}

/** Ratings of one part of a file, in file order. They are valid until the next part is asked for. */
export interface RatingBatch {
  /** The file that they are from. */
  readonly path: string;
  readonly ratings: RatingList;
  /** Rows that break a rule, by line. */
  readonly refused: readonly RefusedRow[];
  /** Records whose quotes hold whole lines that are ratings by themselves. */
  readonly swallowed: readonly SwallowedRows[];
  /** The number of lines that the rows stand on, refused ones included. */
  readonly spannedLines: number;
  /** Stored bytes read so far: of an archive, the packed ones. */
  readonly bytesRead: number;
  readonly remarks: ReadRemarks;
}

/** A ratings file whose format is known. */
export interface RatingsFile {
  readonly path: string;
  /** The files of its parts, or the file itself. */
  readonly files: readonly DataFile[];
  readonly columns: UnderstoodColumns;
  /** The lowest and highest allowed rating; null where rows have no rating. */
  readonly scale: Scale | null;
  /**
   * Streams the ratings in file order, and turns ids into indices.
   *
   * @param users - gets every new user of an accepted row, in file order
   * @param items - the same for items
   * @throws DataError when the file cannot be read; a bad row is handed over, not thrown
   */
  read(users: IdIndex, items: IdIndex): AsyncGenerator<RatingBatch>;
  /**
   * Recognises another file as one more part of the same table, which begins with a row.
   *
   * @returns null when its first line is no row of the table
   */
  continuedIn?(file: DataFile): Promise<RatingsFile | null>;
}

/** One format of ratings files. */
export interface RatingsFormat {
  /** In a folder, a file with one of these names is the ratings file. Lower case. */
  readonly fileNames: readonly string[];
  /** In a folder without such a file, a file that ends so is the ratings file. Lower case, with the point. */
  readonly endings: readonly string[];
  /**
   * Recognises a file by its name and content.
   *
   * @returns null when the file has another format
   * @throws DataError when the file is empty, binary or unreadable, or its header lacks a column
   * @throws ArgumentError when a column that `options` names is not in the header
   */
  recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null>;
}
