/** Telling what a file is that is no text in UTF-8. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recogniseRatings } from '../ratings-file.js';
import { otherEncoding, otherKind } from './file-kind.js';

const csv = 'userId,movieId,rating\n1,10,5\n2,20,4\n';
const utf16 = Buffer.from(csv, 'utf16le');
const tar = Buffer.alloc(512);
tar.write('ratings.csv');
tar.write('ustar', 257);

describe('otherKind', () => {
  it.each([
    ['a.bz2', 'BZh91AY&SY\x01', /bzip2 archive.*`bzip2 -dc a\.bz2 > a`/],
    ['a.xz', '\xfd7zXZ\0\0', /an xz archive, not a .*`xz -dc a\.xz > a`/],
    ['a.tar', tar, /a tar archive, not .*`tar -xf a\.tar`/],
    ['a.7z', '7z\xbc\xaf\x27\x1c', /7-Zip archive.*give the file in it/],
    ['a.csv', 'PK\x03\x04\x14[Content_Types].xml', /an Excel workbook.*save the sheet as CSV/],
    ['a.docx', 'PK\x03\x04\x14[Content_Types].xml word/', /is a Word document/],
    [
      'a.ods',
      `PK\x03\x04${'\0'.repeat(26)}mimetypeapplication/vnd.oasis.x`,
      /an OpenDocument spreadsheet, not a .*save the sheet as CSV/,
    ],
    [
      'a.xls',
      '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
      /an old Excel workbook, not a .*save the sheet as CSV/,
    ],
    ['a.parquet', 'PAR1\x15\x04', /a Parquet file.*to_csv/],
    ['a.orc', 'ORC\x01', /an ORC file, not a .*to_csv/],
    ['a.rar', 'Rar!\x1a\x07', /a RAR archive, not a .*Unpack it first, and give the file in it/],
    ['a.db', 'SQLite format 3\0', /SQLite.*`sqlite3 -header -csv a\.db .* > a\.ratings\.csv`/],
    ['a.pdf', '%PDF-1.7\n%\xe2\xe3', /^is a PDF document, not a .*Give the data themselves/],
    ['a.csv', ' <HTML><head>', /a web page/],
    ['a.csv', '<?xml version="1.0"?>', /an XML document/],
    ['a.csv', '{\\rtf1', /an RTF document/],
    ['a.csv', '[\n  {"user"', /is JSON/],
    ['a b.csv', utf16, /UTF-16 text without a byte order mark.*--encoding utf-16le$/],
    ['a.csv', Buffer.from(utf16).swap16(), /--encoding utf-16be$/],
    // UTF-32 has NULs in more places.
    ['a.csv', '1\0\0\0,\0\0\0'.repeat(9), /binary file: it holds NUL/],
    ['a.csv', '\0\0\x001\0\0\0,'.repeat(9), /binary file: it holds NUL/],
    ['a.csv', 'user\0,item\n', /binary file: it holds NUL/],
    ['a.csv', csv.replaceAll('\n', '\r\r\n'), /CR CR LF.*`tr -d '\\r' </],
  ])('%s %j', (name, content, sentence) => {
    const start = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    const { cause, remedy } = otherKind(name, { start, text: start, archive: null })!;
    expect(`${cause}. ${remedy}`).toMatch(sentence);
  });

  it.each([
    csv,
    csv.replaceAll('\n', '\r\n'),
    'userId,movieId\r',
    'ORCID,item\n1,2\n',
    'PAR1,item\n',
    'GIF8,item\n',
    'user,item\n1,a\0b\n',
    'user,note,item\n1,"a\rb",2\n3,c,4\n',
    'ü,ñ\n',
  ])('leaves %j to its format', (text) => {
    const start = Buffer.from(text);
    expect(otherKind('a.csv', { start, text: start, archive: null })).toBeNull();
  });
});

describe('otherEncoding', () => {
  it('is another one only where what is beyond ASCII is mostly no UTF-8', () => {
    expect(otherEncoding(Buffer.from('é,ü'))).toBeNull();
    expect(otherEncoding(Buffer.from('caf\xe9', 'latin1'))?.remedy).toMatch(/--encoding latin1/);
    expect(otherEncoding(Buffer.from('\x93a\x94', 'latin1'))?.remedy).toMatch(
      /--encoding windows-1252/,
    );
    const damaged = Buffer.concat([Buffer.from('é,ü,ß'), Buffer.from([0xc3])]);
    expect(otherEncoding(damaged)).toBeNull();
  });
});

describe('the first line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-first-line-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  async function recognise(text: string, columns = {}) {
    const path = join(folder, 'a.csv');
    writeFileSync(path, text, 'latin1');
    return recogniseRatings(path, { columns });
  }

  it.each([
    ['userId^movieId\n1^2\n', / but carets\. .*`tr '\^' '\\t' </],
    ['userId:movieId\n1:2\n', / but colons\. .*`tr ':' '\\t' </],
    ['userId\x01movieId\n1\x012\n', / but control characters\. .*`tr '\\001' '\\t' </],
    ['1,10,5,99,x\n', /looks like a row\. .*--no-header/],
    ['sep=^\nuserId^movieId\n1^2\n', /line 2: .* but carets/],
    ['usu\xe1rio,item\n1,2\n', /must be valid UTF-8\. .*--encoding latin1/],
  ])('%j is no header that can be read', async (text, sentence) => {
    await expect(recognise(text)).rejects.toThrow(sentence);
  });

  it('may be numbers where a table without names was written, and the caller says so', async () => {
    await expect(recognise('0,1,2\nu,i,5\n')).rejects.toThrow(/--user-column/);
    const columns = { user: '0', item: '1' };
    await expect(recognise('0,1,2\nu,i,5\n', columns)).resolves.toMatchObject({});
    const named = { user: 'customer', item: '2020' };
    await expect(recognise('customer,2020\nu,i\n', named)).resolves.toMatchObject({});
  });
});
