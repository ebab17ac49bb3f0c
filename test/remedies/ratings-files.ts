/** Remedies for ratings files that cannot be read as they are. */

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { importCommand } from '../../src/cli/commands/import.js';
import { type ImportOptions, importRatings } from '../../src/data/import.js';
import { remedies } from '../../src/remedies.js';
import { runCommand } from '../fixtures/command.js';
import { zipOf } from '../fixtures/zip.js';
import { commandIn, type Place, type RemedyCases, refusal, write } from './remedy-case.js';

const csv = 'userId,movieId,rating\n1,10,5\n2,20,4\n';

const stray = 'userId,movieId,name,rating\n1,10,Single 12",5\n2,20,Low,4\n';
/** Two columns with commas, or with bars. */
const doubtful = 'who,what|x\n1,10|x\n2,20|x\n';
const swallowing = 'userId,movieId,name,rating\n1,10,"Heroes,5\n2,20,12",4\n';

/** Imports a file of the place's folder, which must bring the rows of `csv`. */
async function importWhole(
  { folder, home }: Place,
  name: string,
  options: ImportOptions = {},
): Promise<void> {
  const { stored, refused } = await importRatings(home, join(folder, name), options);
  if (stored !== 2 || refused !== 0) throw new Error(`${name}: ${stored} rows stored`);
}

/** The rows of `csv` as a Parquet file. */
function parquetOf(): Buffer {
  const columnData = [
    { name: 'userId', data: [1, 2] },
    { name: 'movieId', data: [10, 20] },
    { name: 'rating', data: [5, 4] },
  ];
  return Buffer.from(parquetWriteBuffer({ columnData }));
}

const movies = 'movieId,title,genres\n10,One,Drama\n';

/** What an import of `a.csv`, or of the files of a folder, remarks. */
async function remarksOf(place: Place, source: string): Promise<string> {
  const { remarks } = await importRatings(place.home, join(place.folder, source));
  return remarks.join('\n');
}

/** Imports once more, which must bring one title. */
async function importTitles(place: Place, source: string, options: ImportOptions): Promise<void> {
  const path = join(place.folder, source);
  const { titles } = await importRatings(place.home, path, { replace: true, ...options });
  if (titles !== 1) throw new Error(`${titles} titles`);
}

export const ratingsFileCases = {
  emptyFile: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.csv', '\n\n'))),
    expected: () => remedies.emptyFile(),
    apply: (place) => void write(place, 'a.csv', csv),
    next: (place) => importWhole(place, 'a.csv'),
  },
  archive: {
    provoke: (place) => {
      const path = write(place, 'a b.csv', csv);
      execFileSync('bzip2', ['-z', path]);
      return refusal(importRatings(place.home, `${path}.bz2`));
    },
    expected: ({ folder }) =>
      remedies.archive({
        path: join(folder, 'a b.csv.bz2'),
        is: 'is a bzip2 archive, not a text file in UTF-8',
        ending: '.bz2',
        command: 'bzip2 -dc $1 > $2',
      }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a b.csv'),
  },
  archiveCut: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv.gz', gzipSync(csv).subarray(0, -9)))),
    expected: () => remedies.archiveCut({ is: 'a gzip archive' }),
    apply: (place) => void write(place, 'a.csv.gz', gzipSync(csv)),
    next: (place) => importWhole(place, 'a.csv.gz'),
  },
  archiveDamaged: {
    provoke: (place) => {
      const bytes = gzipSync(csv);
      bytes[bytes.length - 6]! ^= 1;
      return refusal(importRatings(place.home, write(place, 'a.csv.gz', bytes)));
    },
    expected: () =>
      remedies.archiveDamaged({ is: 'a gzip archive', fault: 'incorrect data check' }),
    apply: (place) => void write(place, 'a.csv.gz', gzipSync(csv)),
    next: (place) => importWhole(place, 'a.csv.gz'),
  },
  archiveInArchive: {
    provoke: (place) => {
      write(place, 'a.csv', csv);
      execFileSync('tar', ['-czf', 'a.tar.gz', 'a.csv'], { cwd: place.folder });
      rmSync(join(place.folder, 'a.csv'));
      return refusal(importRatings(place.home, join(place.folder, 'a.tar.gz')));
    },
    expected: ({ folder }) =>
      remedies.archiveInArchive({
        path: join(folder, 'a.tar.gz'),
        outer: 'a gzip archive',
        inner: 'a tar archive',
      }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a.csv'),
  },
  severalInArchive: {
    provoke: (place) => {
      const archive = zipOf([
        { name: 'ratings.csv', content: csv },
        { name: 'movies.csv', content: movies },
      ]);
      return refusal(importRatings(place.home, write(place, 'a.zip', archive)));
    },
    expected: ({ folder }) =>
      remedies.severalInArchive({
        path: join(folder, 'a.zip'),
        names: ['ratings.csv', 'movies.csv'],
      }),
    // The unzip program may not be here; this is what it unpacks.
    apply: (place) => void write(place, 'ratings.csv', csv),
    next: (place) => importWhole(place, 'ratings.csv'),
  },
  spreadsheet: {
    provoke: (place) => {
      const sheet = 'PK\x03\x04 [Content_Types].xml xl/workbook.xml';
      return refusal(importRatings(place.home, write(place, 'a.csv', sheet)));
    },
    expected: () => remedies.spreadsheet({ is: 'is an Excel workbook, not a text file in UTF-8' }),
    // A spreadsheet program writes a mark of the encoding first.
    apply: (place) => void write(place, 'a.csv', `\ufeff${csv.replaceAll('\n', '\r\n')}`),
    next: (place) => importWhole(place, 'a.csv'),
  },
  columnFile: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.arrow', 'ARROW1\0\0'))),
    expected: () => remedies.columnFile({ is: 'is an Arrow file, not a text file in UTF-8' }),
    // As pandas writes it, with the numbers of the rows.
    apply: (place) => void write(place, 'a.csv', ',userId,movieId,rating\n0,1,10,5\n1,2,20,4\n'),
    next: (place) => importWhole(place, 'a.csv'),
  },
  parquetDamaged: {
    provoke: (place) => {
      const cut = parquetOf().subarray(0, -1);
      return refusal(importRatings(place.home, write(place, 'a.parquet', cut)));
    },
    expected: () => remedies.parquetDamaged({ fault: 'parquet file invalid (footer != PAR1)' }),
    apply: (place) => void write(place, 'a.parquet', parquetOf()),
    next: (place) => importWhole(place, 'a.parquet'),
  },
  sqliteFile: {
    provoke: (place) => {
      const database = new Database(join(place.folder, 'a.db'));
      database.exec('CREATE TABLE ratings (userId, movieId, rating)');
      database.exec('INSERT INTO ratings VALUES (1, 10, 5), (2, 20, 4)');
      database.close();
      return refusal(importRatings(place.home, join(place.folder, 'a.db')));
    },
    expected: ({ folder }) => remedies.sqliteFile({ path: join(folder, 'a.db') }),
    // The sqlite3 program may not be here; this is what it writes.
    apply: (place) => void write(place, 'a.ratings.csv', csv.replaceAll('\n', '\r\n')),
    next: (place) => importWhole(place, 'a.ratings.csv'),
  },
  json: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', '[{"user": 1, "item": 10}]'))),
    expected: () => remedies.json(),
    apply: (place) => void write(place, 'a.csv', csv),
    next: (place) => importWhole(place, 'a.csv'),
  },
  foreignFile: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', '\n<!DOCTYPE html><html>'))),
    expected: () => remedies.foreignFile({ is: 'is a web page' }),
    apply: (place) => void write(place, 'a.csv', csv),
    next: (place) => importWhole(place, 'a.csv'),
  },
  otherEncoding: {
    provoke: (place) => {
      const bytes = Buffer.from(csv.replaceAll('0,', '0é,'), 'latin1');
      return refusal(importRatings(place.home, write(place, 'a.csv', bytes)));
    },
    expected: () => remedies.otherEncoding({ is: 'must be valid UTF-8', encoding: 'latin1' }),
    apply: () => {},
    next: (place) => importWhole(place, 'a.csv', { encoding: 'latin1' }),
  },
  doubledLineEnds: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', csv.replaceAll('\n', '\r\r\n')))),
    expected: ({ folder }) => remedies.doubledLineEnds({ path: join(folder, 'a.csv') }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a.lf.csv'),
  },
  otherDelimiter: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', csv.replaceAll(',', '^')))),
    expected: ({ folder }) =>
      remedies.otherDelimiter({ path: join(folder, 'a.csv'), words: 'carets', tr: '^' }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a.tabs.tsv'),
  },
  delimiterDoubtful: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.csv', doubtful))),
    expected: () =>
      remedies.delimiterDoubtful({
        candidates: [
          { flag: ',', words: 'commas' },
          { flag: '|', words: 'bars' },
        ],
      }),
    apply: () => undefined,
    next: (place) =>
      importWhole(place, 'a.csv', { delimiter: ',', columns: { user: 'who', item: 'what|x' } }),
  },
  missingHeader: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', '1,10,5\n2,20,4\n'))),
    expected: () => remedies.missingHeader(),
    apply: () => undefined,
    next: (place) =>
      importWhole(place, 'a.csv', { header: false, columns: { user: '1', item: '2' } }),
  },
  oneField: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a.csv', '1/1\n2/2\n'), { header: false })),
    expected: () => remedies.oneField(),
    apply: (place) => void write(place, 'a.csv', '1 1\n2 2\n'),
    next: (place) => importWhole(place, 'a.csv', { header: false }),
  },
  yearLast: {
    provoke: (place) => {
      const text = 'userId,movieId,date\n1,10,31/12/2016\n2,20,1/2/2017 9:30\n';
      return refusal(importRatings(place.home, write(place, 'a.csv', text)));
    },
    expected: ({ folder }) =>
      remedies.yearLast({ path: join(folder, 'a.csv'), value: '31/12/2016', first: 'days' }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a.dates.csv'),
  },
  noTimes: {
    provoke: (place) => {
      const text = 'userId,movieId,timestamp\n1,10,yesterday\n2,20,today\n';
      return refusal(importRatings(place.home, write(place, 'a.csv', text)));
    },
    expected: () =>
      remedies.noTimes({
        rule: 'must be a number, seconds since 1970, or a date such as 2023-11-14 or 2023-11-14T09:30:00Z',
      }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { columns: { timestamp: null } }),
  },
  noRatings: {
    provoke: (place) => {
      const text = 'userId,movieId,rating\n1,10,good\n2,20,bad\n';
      return refusal(importRatings(place.home, write(place, 'a.csv', text)));
    },
    expected: () => remedies.noRatings({ rule: 'a rating must be a number' }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { columns: { rating: null } }),
  },
  decimalCommas: {
    provoke: (place) => {
      const text = csv.replaceAll(',', '\t').replace('5', '4,5').replace('\t4\n', '\t3,0\n');
      return refusal(importRatings(place.home, write(place, 'a.tsv', text)));
    },
    expected: ({ folder }) =>
      remedies.decimalCommas({ path: join(folder, 'a.tsv'), rule: 'a rating must be a number' }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a.points.tsv'),
  },
  headerLength: {
    provoke: (place) => {
      const text = 'userId,movieId,rating\n"1",1,10,5\n"2",2,20,4\n';
      return refusal(importRatings(place.home, write(place, 'a.csv', text)));
    },
    expected: () => remedies.headerLength({ rule: 'the row has 4 fields where 3 are expected' }),
    apply: (place) =>
      void write(place, 'a.csv', 'row,userId,movieId,rating\n"1",1,10,5\n"2",2,20,4\n'),
    next: (place) => importWhole(place, 'a.csv'),
  },
  noGoodRow: {
    provoke: (place) => {
      const text = 'movieId,userId,rating\n,1,5\n,2,4\n';
      return refusal(importRatings(place.home, write(place, 'a.csv', text)));
    },
    expected: () => remedies.noGoodRow({ rule: 'an id must not be empty' }),
    apply: (place) => void write(place, 'a.csv', csv),
    next: (place) => importWhole(place, 'a.csv'),
  },
  partWithOtherColumns: {
    provoke: (place) => {
      const first = write(place, 'a.csv', csv.split('\n').slice(0, 2).join('\n'));
      const second = write(place, 'b.csv', 'user,movieId,rating\n2,20,4\n');
      return refusal(importRatings(place.home, [first, second]));
    },
    expected: ({ folder }) =>
      remedies.partWithOtherColumns({
        first: join(folder, 'a.csv'),
        expected: 'user userId, item movieId, rating rating',
        columns: 'user user, item movieId, rating rating',
      }),
    apply: (place) => void write(place, 'b.csv', 'userId,movieId,rating\n2,20,4\n'),
    next: async (place) => {
      const files = ['a.csv', 'b.csv'].map((name) => join(place.folder, name));
      const { stored } = await importRatings(place.home, files);
      if (stored !== 2) throw new Error(`${stored} rows stored`);
    },
  },
  strayQuote: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.csv', stray))),
    expected: () => remedies.strayQuote({ rule: 'a quote must stand at the beginning of a field' }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { quotes: false }),
  },
  swallowedRows: {
    provoke: async (place) => {
      const { err } = await runCommand(importCommand(), [
        write(place, 'a.csv', swallowing),
        '--home',
        place.home,
      ]);
      return err;
    },
    expected: ({ folder }) =>
      remedies.swallowedRows({
        place: `${join(folder, 'a.csv')}, line 2`,
        lines: '2 to 3',
        rows: 1,
        others: 0,
        again: '--replace',
      }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { quotes: false, replace: true }),
  },
  notTitles: {
    provoke: (place) => {
      const items = write(place, 'names.csv', 'One\nTwo\n');
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { items }));
    },
    expected: () => remedies.notTitles(),
    apply: (place) => void write(place, 'names.csv', movies),
    next: (place) => importTitles(place, 'a.csv', { items: join(place.folder, 'names.csv') }),
  },
  itemIdMissing: {
    provoke: (place) => {
      const items = write(place, 'names.csv', 'Nummer,title\n10,One\n');
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { items }));
    },
    expected: () => remedies.itemIdMissing({ columns: '"Nummer", "title"' }),
    apply: () => undefined,
    next: (place) =>
      importTitles(place, 'a.csv', {
        items: join(place.folder, 'names.csv'),
        itemColumns: { id: 'Nummer' },
      }),
  },
  itemColumnAmbiguous: {
    provoke: (place) => {
      const items = write(place, 'names.csv', 'id,name,title\n10,One,Two\n');
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { items }));
    },
    expected: () =>
      remedies.itemColumnAmbiguous({
        purpose: 'title',
        names: ['name', 'title'],
        flag: '--title-column',
      }),
    apply: () => undefined,
    next: (place) =>
      importTitles(place, 'a.csv', {
        items: join(place.folder, 'names.csv'),
        itemColumns: { title: 'name' },
      }),
  },
  itemsInDoubt: {
    provoke: (place) => {
      write(place, 'orders.csv', 'customer,sku\n1,10\n');
      write(place, 'products.csv', 'sku,name\n11,One\n');
      return refusal(importRatings(place.home, place.folder));
    },
    expected: ({ folder }) =>
      remedies.itemsInDoubt({
        ratings: 'orders.csv',
        others: ['products.csv'],
        joined: 0,
        path: join(folder, 'orders.csv'),
        items: join(folder, 'products.csv'),
      }),
    apply: () => undefined,
    next: ({ home, folder }) =>
      importRatings(home, join(folder, 'orders.csv'), { items: join(folder, 'products.csv') }),
  },
  itemColumnTwice: {
    provoke: (place) => {
      const items = write(place, 'names.csv', 'id,price,price\n10,1,2\n');
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { items }));
    },
    expected: () => remedies.itemColumnTwice({ name: 'price' }),
    apply: (place) => void write(place, 'names.csv', 'id,name,price,was\n10,One,1,2\n'),
    next: (place) => importTitles(place, 'a.csv', { items: join(place.folder, 'names.csv') }),
  },
  titlesNotTaken: {
    provoke: (place) => {
      write(place, 'movies.csv', movies);
      write(place, 'a.csv', csv);
      return remarksOf(place, 'a.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesNotTaken({ path: join(folder, 'movies.csv'), again: '--replace' }),
    apply: () => undefined,
    next: (place) => importTitles(place, 'a.csv', { items: join(place.folder, 'movies.csv') }),
  },
  titlesBroken: {
    provoke: (place) => {
      write(place, 'movies.csv', '');
      write(place, 'ratings.csv', csv);
      return remarksOf(place, 'ratings.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesBroken({
        path: join(folder, 'movies.csv'),
        fault: 'the file is empty',
        again: '--replace',
      }),
    apply: (place) => void write(place, 'movies.csv', movies),
    next: (place) => importTitles(place, 'ratings.csv', {}),
  },
  titlesLeftOut: {
    provoke: (place) => {
      write(place, 'movies.csv', `${movies}20,Two\n`);
      write(place, 'ratings.csv', csv);
      return remarksOf(place, 'ratings.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesLeftOut({
        path: join(folder, 'movies.csv'),
        bad: 1,
        fault: 'line 3: the row has 2 fields where 3 are expected',
        again: `--items ${join(folder, 'movies.csv')} --replace`,
      }),
    apply: (place) => void write(place, 'movies.csv', movies),
    next: (place) =>
      importTitles(place, 'ratings.csv', { items: join(place.folder, 'movies.csv') }),
  },
} satisfies RemedyCases;
