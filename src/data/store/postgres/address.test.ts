/** The URL of a store, taken apart. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../errors.js';
import { addressOf, driverConfig } from './address.js';

describe('addressOf', () => {
  it('keeps what is for the driver, and takes out what is its own', () => {
    expect(
      addressOf('postgres://u:secret@h:5433/shop?schema=a-1&connections=4&sslmode=require'),
    ).toEqual({
      url: 'postgres://u:secret@h:5433/shop?sslmode=require',
      schema: 'a-1',
      connections: 4,
      shown: 'postgres://u@h:5433/shop?schema=a-1&connections=4&sslmode=require',
    });
    expect(addressOf('postgresql://h')).toMatchObject({ schema: 'multvae', connections: 8 });
    expect(addressOf('postgres://h/d?connections=1000').connections).toBe(1000);
    expect(addressOf(`postgres://h/d?schema=${'x'.repeat(63)}`).schema).toHaveLength(63);
    expect(addressOf('postgres://h/d?schema=_größe$2').schema).toBe('_größe$2');
    expect(addressOf('postgres://h/d?schema=information_schema2').schema).toMatch(/2$/);
    expect(addressOf('postgres://h/d?schema=x_pg_').schema).toBe('x_pg_');
  });

  it.each([
    'pg_shop',
    'PG_x',
    'information_schema',
    '',
    '1a',
    'a b',
    'a"b',
    '-a',
    'a;b',
    'x'.repeat(64),
    'ö'.repeat(32),
  ])('refuses the schema %j', (schema) => {
    const open = () => addressOf(`postgres://h/d?schema=${encodeURIComponent(schema)}`);
    expect(open).toThrow(ArgumentError);
    expect(open).toThrow(/^the schema of the store is /);
  });

  it.each(['0', '1001', '1.5', 'x', '-1', ''])('refuses %j connections', (text) => {
    const open = () => addressOf(`postgres://h/d?connections=${text}`);
    expect(open).toThrow(/^connections of the store is ".*"; give an integer from 1 to 1000/);
  });

  it.each([
    ['mysql://u:secret@h/d', /give a URL such as postgres/],
    ['secret', /give a URL such as postgres/],
    ['xpostgres://u:secret@h/d', /give a URL such as postgres/],
    ['postgres://u:se#cret@h/d', /give a URL|has a #/],
    ['postgres://u:secret@h/d#x', /has a #, which ends it; write %23/],
  ])('refuses %s without its password', (text, message) => {
    expect(() => addressOf(text)).toThrow(message);
    expect(() => addressOf(text)).not.toThrow(/secret@/);
  });
});

it('tells the driver who connects, and how numbers are read', () => {
  const config = driverConfig(addressOf('postgres://h/d'), 250);
  expect(config).toMatchObject({
    application_name: 'multvae',
    connectionTimeoutMillis: 250,
    keepAlive: true,
  });
  const named = driverConfig(addressOf('postgres://h/d?application_name=shop'), 250);
  expect(named.application_name).toBe('shop');
  const parse = (oid: number) => config.types!.getTypeParser(oid, 'text')('12');
  expect([parse(20), parse(23), parse(25)]).toEqual([12, 12, '12']);
});
