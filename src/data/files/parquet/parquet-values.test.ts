/** Values of Parquet files as texts. */
import { expect, it } from 'vitest';
import { textOfColumn, timesAsText, withExactDecimals } from './parquet-values.js';

const {
  timestampFromMilliseconds: millis,
  timestampFromMicroseconds: micros,
  timestampFromNanoseconds: nanos,
  dateFromDays: days,
} = timesAsText;

// Read in the tests: what runs while a file loads counts for none of them.
it.each([
  [() => millis!(0n), '1970-01-01T00:00:00Z'],
  [() => millis!(1_700_000_000_500n), '2023-11-14T22:13:20.500Z'],
  [() => micros!(1_000_001n), '1970-01-01T00:00:01.000001Z'],
  [() => nanos!(1_000_000_001n), '1970-01-01T00:00:01.000000001Z'],
  [() => millis!(-1n), '1969-12-31T23:59:59.999Z'],
  [() => millis!(-1000n), '1969-12-31T23:59:59Z'],
  [() => micros!(-1_500_000n), '1969-12-31T23:59:58.500000Z'],
  // Beyond the calendar, a number that no import takes for a time.
  [() => millis!(10n ** 19n), `1${'0'.repeat(16)}`],
  [() => millis!(undefined as never), undefined],
  [() => millis!(null as never), undefined],
  [() => days!(19_675), '2023-11-14'],
  [() => days!(-1), '1969-12-31'],
])('the time %s is %s', (read, expected) => {
  expect(read()).toBe(expected);
});

const element = (more: object) => ({ name: 'x', ...more }) as never;

it.each<[object, unknown, string | null]>([
  [{}, 'text', 'text'],
  [{}, 7n, '7'],
  [{}, 0.5, '0.5'],
  [{}, Number.NaN, ''],
  [{}, null, ''],
  [{}, undefined, ''],
  [{}, new Date(0), null],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, 1234n, '12.34'],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, 1200n, '12'],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, -1230n, '-12.3'],
  [{ type: 'INT32', converted_type: 'DECIMAL', scale: 3 }, 5, '0.005'],
  [{ type: 'INT32', converted_type: 'DECIMAL', scale: 3 }, -5, '-0.005'],
  [{ type: 'INT32', converted_type: 'DECIMAL' }, 5, '5'],
  [{ type: 'INT64', logical_type: { type: 'DECIMAL', scale: 1 } }, 15n, '1.5'],
  [{ type: 'INT64', logical_type: { type: 'INTEGER', scale: 1 } }, 15n, '15'],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, null, ''],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, undefined, ''],
  [{ type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, 'text', null],
  [
    { type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DECIMAL', scale: 1 },
    Uint8Array.of(1, 0),
    '25.6',
  ],
  [
    { type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DECIMAL', scale: 1 },
    Uint8Array.of(255, 255),
    '-0.1',
  ],
  // hyparquet turns these into numbers itself.
  [{ type: 'BYTE_ARRAY', converted_type: 'DECIMAL', scale: 1 }, 0.5, '0.5'],
])('of %j the value %o is %j', (column, value, expected) => {
  expect(textOfColumn(element(column))(value)).toBe(expected);
});

it('keeps exact decimals as they are stored', () => {
  const exact = element({ type: 'INT64', converted_type: 'DECIMAL', logical_type: {}, scale: 2 });
  const bytes = element({ type: 'BYTE_ARRAY', converted_type: 'DECIMAL', scale: 2 });
  const other = element({ type: 'INT64', converted_type: 'UINT_64' });
  expect(withExactDecimals([exact, bytes, other])).toEqual([
    { name: 'x', type: 'INT64', scale: 2 },
    bytes,
    other,
  ]);
});
