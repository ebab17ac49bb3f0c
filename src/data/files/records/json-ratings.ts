/** Ratings as JSON lines: one object a line, whose keys are the columns. */
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { halfStars } from '../rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from '../ratings-format.js';
import type { FileHead } from '../text/file-head.js';
import { lineBlocks } from '../text/line-blocks.js';
import { beginsObject, LineReader, objectIn, plainText, recordsOf } from './json-lines.js';
import { columnsOfRecords, pathsOfRecords, refuseTableFlags } from './record-columns.js';
import { ratingsOfRecords } from './record-ratings.js';

/** One object a line. Ratings are from 0.5 to 5 unless the caller says otherwise. */
export const jsonRatings: RatingsFormat = {
  fileNames: ['ratings.jsonl', 'ratings.ndjson'],
  endings: ['.jsonl', '.ndjson'],
  recognise,
};

/** So many that keys which few objects have are found. */
const recordsToLookAt = 100;

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const { file, path } = head;
  if (!beginsObject(await head.firstLine())) return null;
  refuseTableFlags(path, 'JSON lines, which are', options);
  const lines = await head.firstLines(recordsToLookAt);
  const records = lines
    .map((bytes) => objectIn(bytes.toString()))
    .filter((found) => found !== null);
  // An object over many lines is a document of another form.
  if (records.length === 0) throw DataError.because({ file: path }, remedies.json());
  const found = columnsOfRecords(
    path,
    pathsOfRecords(records),
    { records, textOf: plainText },
    options,
  );
  const { names } = found;
  const reader = new LineReader(names, [found.columns.user, found.columns.item], plainText);
  const firstRows = lines.flatMap((bytes) => {
    const row = reader.read(bytes.toString());
    return 'rule' in row ? [] : [row];
  });
  return ratingsOfRecords({
    ...found,
    file,
    scale: options.scale ?? halfStars,
    firstRows,
    async *read() {
      for await (const block of lineBlocks(file)) yield recordsOf(block, reader);
    },
  });
}
