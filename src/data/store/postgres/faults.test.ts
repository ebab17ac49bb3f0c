/** What the errors of PostgreSQL mean, by code and by text. */
import { describe, expect, it, vi } from 'vitest';
import { BusyError, RunError, StorageError } from '../../../errors.js';
import {
  isConflict,
  isGone,
  isWorthAnother,
  lateError,
  postgresError,
  postgresMeaning,
} from './faults.js';

const failure = (code: unknown, message = 'raw') => Object.assign(new Error(message), { code });

describe('postgresMeaning', () => {
  it.each([
    ['28P01', 'denied', /refuses the user or the password/],
    ['28000', 'denied', /refuses the user/],
    ['3D000', 'path', /no database of that name/],
    ['42501', 'denied', /may not do this/],
    ['53100', 'full', /disk is full/],
    ['53200', 'memory', /not enough memory/],
    ['53300', 'handles', /no more connections/],
    ['53400', 'handles', /no more connections/],
    ['25006', 'read-only', /as a standby is/],
    ['42P01', 'replaced', /removed or changed/],
    ['3F000', 'replaced', /removed or changed/],
    ['42703', 'replaced', /removed or changed/],
    ['42883', 'replaced', /removed or changed/],
    ['XX001', 'damaged', /damaged/],
    ['XX002', 'damaged', /damaged/],
    ['58030', 'broken', /disk reports an error/],
    ['55P03', 'busy', /another process is writing/],
    ['40001', 'busy', /another process is writing/],
    ['40P01', 'busy', /another process is writing/],
    ['57014', 'busy', /statement_timeout/],
    ['57P01', 'gone', /stops, starts or has ended/],
    ['57P03', 'gone', /stops, starts or has ended/],
    ['25P03', 'gone', /stops, starts or has ended/],
    ['ENOTFOUND', 'path', /no host of that name/],
    ['EAI_AGAIN', 'path', /no host of that name/],
    ['ECONNREFUSED', 'gone', /no server listens/],
    ['ENOENT', 'gone', /no server listens/],
    ['CERT_HAS_EXPIRED', 'denied', /no safe connection/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'denied', /no safe connection/],
    ['ETIMEDOUT', 'gone', /does not answer/],
    ['EHOSTUNREACH', 'gone', /does not answer/],
    ['ECONNRESET', 'gone', /connection broke/],
    ['EPIPE', 'gone', /connection broke/],
    ['08006', 'gone', /connection broke/],
    ['ERR_STREAM_DESTROYED', 'gone', /connection broke/],
    ['ABORT_ERR', 'gone', /connection broke/],
  ])('%s is %s', (code, fault, says) => {
    expect(postgresMeaning(failure(code))).toMatchObject({ fault });
    expect(postgresMeaning(failure(code))!.says).toMatch(says);
  });

  it.each([
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE', 'denied'],
    ['no such user: x', 'denied'],
    ['no such database: x', 'path'],
    ['No more connections allowed (max_client_conn)', 'handles'],
    ['query_wait_timeout', 'handles'],
    ['server conn crashed?', 'gone'],
    ['pgbouncer cannot connect to server', 'gone'],
    ['The server does not support SSL connections', 'denied'],
    ['unable to verify the first certificate', 'denied'],
    ['timeout exceeded when trying to connect', 'busy'],
    ['Query read timeout', 'gone'],
    ['Connection terminated unexpectedly', 'gone'],
    ['Premature close', 'gone'],
  ])('%s, which has no code or that of pgbouncer, is %s', (message, fault) => {
    expect(postgresMeaning(failure(undefined, message))?.fault).toBe(fault);
    expect(postgresMeaning(failure('08P01', message))?.fault).toBe(fault);
    expect(postgresMeaning(failure('ERR_OTHER', message))?.fault).toBe(fault);
    // A mistake in a statement is one, whatever it says.
    expect(postgresMeaning(failure('42601', message))).toBeNull();
    expect(postgresMeaning(failure('22P02', message))).toBeNull();
  });

  it('looks at the first of several errors, and knows nothing of others', () => {
    const several = Object.assign(new Error('x'), { errors: [failure('ECONNREFUSED'), 1] });
    expect(postgresMeaning(several)?.fault).toBe('gone');
    const own = Object.assign(failure('28P01'), { errors: [failure('ECONNREFUSED')] });
    expect(postgresMeaning(own)?.fault).toBe('denied');
    for (const error of [new Error('Stryker was here'), {}, { message: 7 }, { errors: [] }]) {
      expect(postgresMeaning(error)).toBeNull();
    }
    expect(postgresMeaning(failure('08P01'))).toBeNull();
  });
});

it('has a row for each code and text, also where the table is loaded by a test', async () => {
  vi.resetModules();
  const { postgresMeaning: meaningOf } = await import('./faults.js');
  const faultOf = (code: string | undefined, message?: string) =>
    meaningOf(failure(code, message))?.fault;
  const codes = {
    denied:
      '28P01 28000 42501 DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN CERT_HAS_EXPIRED',
    path: '3D000 ENOTFOUND EAI_AGAIN EAI_NONAME',
    full: '53100',
    memory: '53200',
    handles: '53300 53400',
    'read-only': '25006',
    replaced: '42P01 3F000 42703 42883',
    damaged: 'XX001 XX002',
    broken: '58030',
    busy: '55P03 40001 40P01 57014',
    gone: `57P01 57P02 57P03 57P05 25P03 ECONNREFUSED ENOENT ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN
      ENETDOWN ECONNRESET EPIPE ECONNABORTED 08000 08006 ERR_STREAM_DESTROYED ABORT_ERR`,
  };
  for (const [fault, list] of Object.entries(codes)) {
    for (const code of list.split(/\s+/)) expect([code, faultOf(code)]).toEqual([code, fault]);
  }
  const texts = {
    denied: [
      'SASL: x',
      'client password must be a string',
      'Password authentication failed for user "x"',
      'no such user: x',
      'server login failed',
      'auth_query failed',
      'self signed certificate',
      'ERR_TLS_X',
      'The server does not support SSL connections',
    ],
    path: ['No such database: x'],
    handles: [
      'no more connections allowed',
      'query_wait_timeout',
      'remaining connection slots are reserved',
    ],
    busy: ['timeout exceeded when trying to connect'],
    gone: [
      'server closed the connection',
      'server conn crashed?',
      'server shutting down',
      'pgbouncer x',
      'Query read timeout',
      'Connection terminated',
      'Connection ended',
      'Client is not queryable',
      'The peer closed the connection',
      'Premature close',
    ],
  };
  for (const [fault, list] of Object.entries(texts)) {
    for (const text of list) expect([text, faultOf(undefined, text)]).toEqual([text, fault]);
  }
  expect(faultOf(undefined, 'x SASL')).toBeUndefined();
});

describe('postgresError', () => {
  it('names the store and the remedy, without the error of the driver', () => {
    const error = postgresError('postgres://h', failure('53100')) as StorageError;
    expect(error).toBeInstanceOf(StorageError);
    expect(error.fault).toBe('full');
    expect(error.cause).toBeUndefined();
    expect(error.message).toBe(
      "postgres://h cannot be read or written: the server's disk is full; free some space there and try again",
    );
  });

  it('leaves errors of this package, and mistakes, as they are', () => {
    const own = new RunError('x');
    const mistake = failure('42601');
    expect(postgresError('s', own)).toBe(own);
    const told = postgresError('s', failure(undefined, 'Connection terminated'));
    const quoted = new RunError('connection terminated');
    expect([told, quoted].map((error) => postgresError('t', error))).toEqual([told, quoted]);
    expect(postgresError('t', quoted)).toBe(quoted);
    expect(postgresError('s', mistake)).toBe(mistake);
  });

  it('tells conflicts, which may be tried again, from a store that is busy', () => {
    const errors = ['40001', '40P01', '55P03', '57014'].map((code) =>
      postgresError('s', failure(code)),
    );
    for (const error of errors) expect(error).toBeInstanceOf(BusyError);
    expect(errors.map(isConflict)).toEqual([true, true, false, false]);
    expect([null, undefined, 'x', {}].map(isConflict)).toEqual([false, false, false, false]);
  });

  it('tells a lost connection from one that was waited for too long', () => {
    const lost = postgresError('s', failure('ECONNRESET'));
    const late = lateError('s', 2500);
    expect(late.message).toMatch(/^s cannot be .* did not answer within 2\.5 seconds; check/);
    expect([lost, late, postgresError('s', failure('53100'))].map(isGone)).toEqual([
      true,
      true,
      false,
    ]);
    expect([lost, late, new Error('x')].map(isWorthAnother)).toEqual([true, false, false]);
  });
});
