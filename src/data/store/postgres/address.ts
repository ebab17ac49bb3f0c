/** Takes the URL of a store apart: what the driver gets, and what is this package's own. */
import type { PoolConfig } from 'pg';
import { ArgumentError, showValue } from '../../../errors.js';
import { shownStore, storeRule } from '../place.js';
import { loadDriver } from './driver.js';

/** The schema of a URL that names none. */
const defaultSchema = 'multvae';
/** Connections of a process, where the URL does not say how many; the one that watches is not counted. */
const defaultConnections = 8;

/** Where a store is. */
export interface Address {
  /** What the driver connects to. It has the password: never show it. */
  readonly url: string;
  readonly schema: string;
  /** How many connections a process has at most, beside the one that watches. */
  readonly connections: number;
  /** The URL without secrets, for messages. */
  readonly shown: string;
}

/**
 * Takes a URL such as `postgres://user:password@host:5432/database?schema=shop&connections=4` apart. Other parameters, such
 * as `sslmode`, are for the driver.
 *
 * @throws ArgumentError that does not repeat the password
 */
export function addressOf(store: string): Address {
  const shown = shownStore(store);
  const url = URL.canParse(store) ? new URL(store) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new ArgumentError(`the store is ${showValue(shown)}; give ${storeRule}`);
  }
  if (url.hash !== '') {
    throw new ArgumentError(
      `the URL of the store has a #, which ends it; write %23 for a # in the password`,
    );
  }
  const schema = url.searchParams.get('schema') ?? defaultSchema;
  const text = url.searchParams.get('connections');
  url.searchParams.delete('schema');
  url.searchParams.delete('connections');
  return {
    url: url.href,
    schema: checkedSchema(schema),
    connections: text === null ? defaultConnections : checkedConnections(text),
    shown,
  };
}

/** What the driver is told; the time-outs are those of this package. */
export function driverConfig({ url }: Address, connectMs: number): PoolConfig {
  return {
    connectionString: url,
    application_name: new URL(url).searchParams.get('application_name') ?? 'multvae',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: typeParser() },
  };
}

/** 64-bit integers as numbers: none of this package exceeds 2^53. */
function typeParser() {
  const { types } = loadDriver().pg;
  return (oid: number, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format as 'text');
}

/** PostgreSQL cuts longer names off, and keeps those with `pg_` for itself. */
function checkedSchema(schema: string): string {
  if (/^[\p{L}_][\p{L}\p{N}_$-]*$/u.test(schema) && Buffer.byteLength(schema) <= 63) {
    if (!/^(pg_|information_schema$)/i.test(schema)) return schema;
  }
  throw new ArgumentError(
    `the schema of the store is ${showValue(schema)}; give a name of letters, digits, _ and -, of 63 bytes at most, that begins with a letter and not with pg_`,
  );
}

function checkedConnections(text: string): number {
  const connections = Number(text);
  if (Number.isInteger(connections) && connections >= 1 && connections <= 1000) return connections;
  throw new ArgumentError(
    `connections of the store is ${showValue(text)}; give an integer from 1 to 1000`,
  );
}
