/** Several ratings files as one: the parts of a table, or tables with the same columns. */
import { ArgumentError, DataError, quote } from '../../errors.js';
import { remedies } from '../../remedies.js';
import type { DataFile } from './bytes/data-file.js';
import type { UnderstoodColumns } from './columns.js';
import type { IdIndex } from './id-index.js';
import { recogniseRatings } from './ratings-file.js';
import type {
  RatingBatch,
  RatingsFile,
  RatingsFileOptions,
  ReadRemarks,
} from './ratings-format.js';
import { FileHead } from './text/file-head.js';

/**
 * Recognises files as one data set. The first one says what the columns are, and empty ones are left out.
 *
 * @throws DataError when a file is no ratings file, all are empty, or one has other columns than the first
 */
export async function recogniseParts(
  files: readonly DataFile[],
  options: RatingsFileOptions = {},
): Promise<RatingsFile> {
  const found: RatingsFile[] = [];
  for (const file of files) {
    if (files.length > 1 && (await file.form()).start.length === 0) continue;
    found.push(await recognisePart(file, found[0], options));
  }
  const first = found[0] ?? (await recogniseRatings(files[0]!, options));
  if (found.length <= 1) return first;
  const { path, columns, scale } = first;
  return {
    path,
    columns,
    scale,
    files: found.flatMap((part) => part.files),
    read: (users, items) => readParts(found, users, items),
  };
}

async function recognisePart(
  file: DataFile,
  first: RatingsFile | undefined,
  options: RatingsFileOptions,
): Promise<RatingsFile> {
  if (first === undefined) return recogniseRatings(file, options);
  const part = await recogniseRatings(file, options).catch((error: unknown) => {
    if (error instanceof DataError || error instanceof ArgumentError) return error;
    throw error;
  });
  const expected = described(first.columns);
  if (!(part instanceof Error) && described(part.columns) === expected) return part;
  const continued = (await first.continuedIn?.(file)) ?? null;
  if (continued !== null) return continued;
  if (part instanceof DataError && part.place.line !== 1) throw part;
  const columns =
    part instanceof Error
      ? `its first line is ${quote((await new FileHead(file).firstLine()).toString())}`
      : described(part.columns);
  const other = { first: first.path, expected, columns };
  throw DataError.because({ file: file.path, line: 1 }, remedies.partWithOtherColumns(other));
}

/** The columns that are read, by name, in the order of their purposes. */
function described({ used }: UnderstoodColumns): string {
  return used.map(({ purpose, name, place }) => `${purpose} ${name ?? place}`).join(', ');
}

async function* readParts(
  parts: readonly RatingsFile[],
  users: IdIndex,
  items: IdIndex,
): AsyncGenerator<RatingBatch> {
  let bytesBefore = 0;
  let earlier: ReadRemarks | null = null;
  for (const part of parts) {
    let last: ReadRemarks | null = earlier;
    for await (const batch of part.read(users, items)) {
      last = added(earlier, batch.remarks);
      yield { ...batch, bytesRead: bytesBefore + batch.bytesRead, remarks: last };
    }
    earlier = last;
    for (const file of part.files) bytesBefore += await file.size();
  }
}

/** The remarks on a file of which nothing is read. */
export const noRemarks: ReadRemarks = {
  trimmedIds: 0,
  milliseconds: 0,
  microseconds: 0,
  compactDates: 0,
  withoutZone: 0,
  outOfScale: 0,
};

function added(a: ReadRemarks | null, b: ReadRemarks): ReadRemarks {
  if (a === null) return b;
  return {
    trimmedIds: a.trimmedIds + b.trimmedIds,
    milliseconds: a.milliseconds + b.milliseconds,
    microseconds: a.microseconds + b.microseconds,
    compactDates: a.compactDates + b.compactDates,
    withoutZone: a.withoutZone + b.withoutZone,
    outOfScale: a.outOfScale + b.outOfScale,
  };
}

/** The number of stored bytes. @throws DataError when a file cannot be read */
export async function sizeOf({ files }: RatingsFile): Promise<number> {
  const sizes = await Promise.all(files.map((file) => file.size()));
  return sizes.reduce((total, size) => total + size, 0);
}

/** Says which files were taken for one data set; nothing of a single one. */
export function partsRemark({ files }: RatingsFile): string[] {
  if (files.length === 1) return [];
  const first = files[0]!.path;
  const last = files.at(-1)!.path;
  return [`${files.length} files are one data set, from ${first} to ${last}`];
}
