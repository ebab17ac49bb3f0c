/** What the errors of PostgreSQL, of pgbouncer and of the network mean: one table, which everything that asks uses. */
import { BusyError, MultvaeError, StorageError, type StorageFault } from '../../../errors.js';

/** A row of the table. */
export interface PostgresMeaning {
  readonly fault: StorageFault;
  /** SQLSTATE codes, classes of them with a `*`, and codes of Node.js. */
  readonly codes: readonly string[];
  /** Decides for errors without a code of the table. */
  readonly text?: RegExp;
  /** The predicate of a sentence about the store. */
  readonly says: string;
  readonly remedy: string;
}

const reach = 'check that the server runs and that its address is right; a later try may succeed';

/** What the errors mean; the first row that fits decides. `test/integration/postgres-faults.test.ts` provokes them. */
export const postgresMeanings: readonly PostgresMeaning[] = [
  {
    fault: 'denied',
    codes: ['28P01', '28000'],
    text: /^SASL|client password must be a string|password authentication failed|no such user|server login failed|auth_query/i,
    says: 'the server refuses the user or the password',
    remedy:
      'check both in the URL (or PGUSER, PGPASSWORD and ~/.pgpass) and write signs such as @ : / # in them as %40 %3A %2F %23',
  },
  {
    fault: 'path',
    codes: ['3D000'],
    text: /no such database/i,
    says: 'the server has no database of that name',
    remedy: 'make it with `createdb`, or name another one in the URL',
  },
  {
    fault: 'denied',
    codes: ['42501'],
    says: 'the user may not do this',
    remedy:
      'let an owner run `GRANT CREATE ON DATABASE … TO …`, or give the user the schema and its tables',
  },
  {
    fault: 'full',
    codes: ['53100'],
    says: "the server's disk is full",
    remedy: 'free some space there and try again',
  },
  {
    fault: 'memory',
    codes: ['53200'],
    says: 'the server has not enough memory',
    remedy: 'free some memory there, or lower its work_mem, and try again',
  },
  {
    fault: 'handles',
    codes: ['53300', '53400'],
    text: /no more connections allowed|query_wait_timeout|remaining connection slots/i,
    says: 'the server takes no more connections',
    remedy:
      'raise its max_connections, give each process fewer with ?connections=N in the URL, or put pgbouncer before it',
  },
  {
    fault: 'read-only',
    codes: ['25006'],
    says: 'the server is read-only, as a standby is',
    remedy: 'name the primary server in the URL',
  },
  {
    fault: 'replaced',
    codes: ['42P01', '3F000', '42703', '42883'],
    says: 'its tables were removed or changed while they were in use',
    remedy:
      'import again where they are gone; restart this process where another multvae changed them',
  },
  {
    fault: 'damaged',
    codes: ['XX001', 'XX002'],
    says: 'the database is damaged',
    remedy: 'restore it from a backup',
  },
  {
    fault: 'broken',
    codes: ['58030'],
    says: "the server's disk reports an error",
    remedy: "check the server's log and its disk",
  },
  {
    fault: 'busy',
    codes: ['55P03', '40001', '40P01'],
    says: 'another process is writing it',
    remedy: 'wait for it to finish and try again',
  },
  {
    fault: 'busy',
    codes: ['57014'],
    says: 'the server ended a statement, perhaps because of its statement_timeout',
    remedy: 'try again, or raise that time',
  },
  {
    fault: 'gone',
    codes: ['57P01', '57P02', '57P03', '57P05', '25P03'],
    text: /server closed|server conn crashed|server shutting down|pgbouncer/i,
    says: 'the server stops, starts or has ended the connection',
    remedy: 'a later try succeeds once it runs',
  },
  {
    fault: 'path',
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME'],
    says: 'no host of that name is known',
    remedy: 'check the host in the URL',
  },
  {
    fault: 'gone',
    codes: ['ECONNREFUSED', 'ENOENT'],
    says: 'no server listens there',
    remedy: reach,
  },
  {
    fault: 'denied',
    codes: ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED'],
    text: /certificate|ERR_TLS|does not support SSL/i,
    says: 'no safe connection can be made',
    remedy: 'check sslmode and sslrootcert in the URL',
  },
  {
    fault: 'busy',
    codes: [],
    text: /timeout exceeded when trying to connect/,
    says: 'all connections of this process are in use',
    remedy: 'try again later, or allow it more with ?connections=N in the URL',
  },
  {
    fault: 'gone',
    codes: ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN'],
    text: /timeout/i,
    says: 'the server does not answer',
    remedy: reach,
  },
  {
    fault: 'gone',
    codes: ['ECONNRESET', 'EPIPE', 'ECONNABORTED', '08*', 'ERR_STREAM_*', 'ABORT_ERR'],
    text: /connection terminated|connection ended|not queryable|closed the connection|premature close/i,
    says: 'the connection broke',
    remedy: reach,
  },
];

/** What an error means; null for a mistake of this package, such as one in a query. */
export function postgresMeaning(error: unknown): PostgresMeaning | null {
  const { code, message } = codeAndText(error);
  for (const meaning of postgresMeanings) {
    if (meaning.codes.some((known) => isCode(code, known))) return meaning;
  }
  // pgbouncer has one code for everything, and errors of the driver itself have none.
  if (code !== '' && code !== '08P01' && /^[0-9A-Z]{5}$/.test(code)) return null;
  return postgresMeanings.find(({ text }) => text?.test(message)) ?? null;
}

function isCode(code: string, known: string): boolean {
  // pgbouncer's protocol violations say in words what is meant.
  if (code === '08P01') return false;
  return known.endsWith('*') ? code.startsWith(known.slice(0, -1)) : code === known;
}

/** Node joins the errors of several addresses of one host. */
function codeAndText(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message, errors } = error as {
    code?: unknown;
    message?: unknown;
    errors?: readonly unknown[];
  };
  if (typeof code !== 'string' && errors?.[0] !== undefined) return codeAndText(errors[0]);
  return { code: typeof code === 'string' ? code : '', message: String(message ?? '') };
}

/** Errors of transactions that others undid; and those of statements that took too long. */
const conflicts = new WeakSet<object>();
const late = new WeakSet<object>();

/**
 * The error for a store that cannot be read or written, in place of one that the driver gave. Any other error is given
 * back as it is. The driver's error is not its cause: a log would show all that it holds.
 *
 * @param shown - the store's URL without secrets
 */
export function postgresError(shown: string, error: unknown): unknown {
  if (error instanceof MultvaeError) return error;
  const meaning = postgresMeaning(error);
  if (meaning === null) return error;
  const { fault, says, remedy } = meaning;
  if (fault !== 'busy') {
    return new StorageError(fault, `${shown} cannot be read or written: ${says}; ${remedy}`);
  }
  const busy = new BusyError(`the database cannot be used: ${says}; ${remedy}`);
  if (/^40/.test(codeAndText(error).code)) conflicts.add(busy);
  return busy;
}

/** The error for a statement that was given up. */
export function lateError(shown: string, limitMs: number): StorageError {
  const error = new StorageError(
    'gone',
    `${shown} cannot be read or written: the server did not answer within ${limitMs / 1000} seconds; ${reach}`,
  );
  late.add(error);
  return error;
}

/** Whether the server cannot be reached, or ended the connection. */
export function isGone(error: unknown): error is StorageError {
  return error instanceof StorageError && error.fault === 'gone';
}

/** Whether a new connection may do better: this one was lost, and not by waiting for long. */
export function isWorthAnother(error: unknown): boolean {
  return isGone(error) && !late.has(error);
}

/** Whether a transaction was undone because of others, so that it can be begun anew. */
export function isConflict(error: unknown): boolean {
  return typeof error === 'object' && error !== null && conflicts.has(error);
}
