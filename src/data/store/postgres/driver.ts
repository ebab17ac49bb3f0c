/** Loads the packages that speak to PostgreSQL: only a program that opens such a store needs them. */
import type pg from 'pg';
import type copyStreams from 'pg-copy-streams';
import { DependencyError } from '../../../errors.js';
import { requireOptional } from '../../../optional-packages.js';

/** What is used of `pg`. */
export type Pg = Pick<typeof pg, 'Client' | 'Pool' | 'types'>;
export type CopyStreams = typeof copyStreams;

let loaded: { readonly pg: Pg; readonly copyStreams: CopyStreams } | null = null;

/**
 * Loads `pg` and `pg-copy-streams`.
 *
 * @throws DependencyError when one is absent or does not load
 */
export function loadDriver(): { readonly pg: Pg; readonly copyStreams: CopyStreams } {
  loaded ??= {
    pg: load('pg') as Pg,
    copyStreams: load('pg-copy-streams') as CopyStreams,
  };
  return loaded;
}

/** The version of `pg`. @throws DependencyError as `loadDriver` */
export function driverVersion(): string {
  return (load('pg/package.json') as { version: string }).version;
}

function load(name: string): unknown {
  let found: unknown;
  try {
    found = requireOptional(name);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DependencyError(
      `the package ${name}, which a store in PostgreSQL needs, does not load: ${message}. Run \`npm install pg pg-copy-streams\`.`,
      { cause },
    );
  }
  if (found !== null) return found;
  throw new DependencyError(
    `the package ${name.replace(/\/.*/, '')}, which a store in PostgreSQL needs, is not installed. Run \`npm install pg pg-copy-streams\`.`,
  );
}
