/** The statements of a transaction, and what becomes of its connection, over a session that the test plays. */
import { describe, expect, it } from 'vitest';
import { HomeError, StorageError } from '../../../errors.js';
import { addressOf } from './address.js';
import { channelOf, lockName, Transaction, type TransactionOptions } from './transaction.js';

const address = addressOf('postgres://h/d?schema=shop');

interface Play {
  /** The rows of the statement that raises the version. */
  readonly raised?: readonly { readonly number: number }[];
  /** What the end gives: what the server did, or an error. */
  readonly end?: string | Error;
}

function play(options: TransactionOptions, { raised = [{ number: 5 }], end }: Play = {}) {
  const log: unknown[] = [];
  const session = {
    run: async (text: string, values?: unknown) =>
      log.push(values === undefined ? text.trim().replace(/\s+/g, ' ') : [text, values]),
    query: async (_: string, values: unknown) => {
      log.push(['raise', values]);
      return raised;
    },
    end: async (text: string) => {
      log.push(text);
      if (end instanceof Error) throw end;
      return end ?? text;
    },
  };
  const transaction = new Transaction(
    {
      session: session as never,
      address,
      release: (isBroken) => log.push({ isBroken }),
      raised: (version) => log.push({ version }),
    },
    options,
  );
  return { transaction, log };
}

const raise = ['raise', [channelOf(address)]];
const isSound = { isBroken: false };
const isBroken = { isBroken: true };

describe('a transaction', () => {
  it('begins with limits, and ends', async () => {
    const { transaction, log } = play({});
    await transaction.begin();
    expect(log).toEqual([
      expect.stringMatching(
        /^BEGIN .*lock_timeout = 1000; .*in_transaction_session_timeout = 3000;/,
      ),
    ]);
    await transaction.commit();
    await transaction.rollback();
    expect(log.slice(1)).toEqual(['COMMIT', isSound]);
  });

  it('that writes raises the version once, and tells it after the commit', async () => {
    const { transaction, log } = play({ write: true });
    await transaction.begin();
    await transaction.raiseVersion();
    expect(log.slice(1)).toEqual([raise]);
    await transaction.commit();
    expect(log.slice(2)).toEqual(['COMMIT', isSound, { version: 5 }]);
  });

  it('that is long has no limits but for locks while it begins', async () => {
    const { transaction, log } = play({ long: true });
    await transaction.begin();
    expect(log).toEqual([
      expect.stringMatching(/^BEGIN .*lock_timeout = 1000; SELECT set_config\(name, '0', true\)/),
      'SET LOCAL lock_timeout = 0',
    ]);
    await transaction.raiseVersion();
    expect(log.slice(2)).toEqual([raise, 'SET LOCAL idle_in_transaction_session_timeout = 60000']);
  });

  it.each([
    ['apart', 'SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))'],
    ['alone', 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))'],
  ] as const)('meets imports before it writes: %s', async (imports, lock) => {
    const { transaction, log } = play({ imports, write: true });
    await transaction.begin();
    expect(log.slice(1)).toEqual([[lock, ['multvae import shop']], raise]);
  });

  it('fails where the schema was emptied', async () => {
    const { transaction, log } = play({ write: true }, { raised: [] });
    await expect(transaction.begin()).rejects.toMatchObject({
      fault: 'replaced',
      message:
        'postgres://h/d?schema=shop was removed while it was in use; restore it, or import again',
    });
    await transaction.rollback();
    expect(log.slice(2)).toEqual(['ROLLBACK', isSound]);
  });

  it('says that a change may be stored where the connection broke during the commit', async () => {
    const { transaction, log } = play({ write: true }, { end: new StorageError('gone', 'x') });
    await transaction.begin();
    const done = transaction.commit();
    await expect(done).rejects.toMatchObject({ fault: 'gone' });
    await expect(done).rejects.toThrow(/may be stored or not; look, or send it again/);
    await transaction.rollback();
    expect(log.slice(2)).toEqual(['COMMIT', isBroken]);
  });

  it('gives another error of the commit as it is', async () => {
    const error = new HomeError('x');
    const { transaction, log } = play({}, { end: error });
    await expect(transaction.commit()).rejects.toBe(error);
    expect(log).toEqual(['COMMIT', isBroken]);
  });

  it('is a mistake where a statement had failed, which the server tells by undoing it', async () => {
    const { transaction, log } = play({ write: true }, { end: 'ROLLBACK' });
    await transaction.begin();
    await expect(transaction.commit()).rejects.toThrow(/statement failed/);
    expect(log.slice(2)).toEqual(['COMMIT', isSound]);
  });

  it('gives a connection back as broken where it cannot be undone', async () => {
    const { transaction, log } = play({}, { end: new Error('x') });
    await transaction.rollback();
    await transaction.rollback();
    expect(log).toEqual(['ROLLBACK', isBroken]);
  });
});

it('names locks and channels by the schema', () => {
  const other = { ...address, schema: 'other' };
  expect(lockName(address, 'schema')).toBe('multvae schema shop');
  expect(lockName(other, 'import')).toBe('multvae import other');
  expect(channelOf(address)).toMatch(/^multvae_[0-9a-f]{32}$/);
  expect(channelOf(other)).not.toBe(channelOf(address));
});
