/** What goes wrong in the day: the disk, the clock, a file that another program moves, a process that ends or stops. */

import { constants } from 'node:os';

const { errno, signals } = constants;

/** Which calls are counted, to strike at one of them. The order is that of `faulty-disk.c`. */
export const countedCalls = ['writes', 'loads', 'opens'] as const;
export type CountedCalls = (typeof countedCalls)[number];

/** What the day does with a home. */
export type Deed = 'import' | 'train' | 'evaluate' | 'activate' | 'remove' | 'serve' | 'workers';

interface FaultKind {
  /** Where it strikes; several are taken in turn. */
  readonly at: readonly CountedCalls[];
  /** Variables of `faulty-disk.c`. */
  readonly variables: Readonly<Record<string, string>>;
  /** A deed of several processes has few faults of its own. Default: every deed but that. */
  readonly deeds?: readonly Deed[];
  /** The database or a run that is moved. */
  readonly moves?: 'database' | 'run';
}

const stays = { FAULT_STICKY: '1' } as const;
const failsWith = (name: keyof typeof errno) => ({ FAULT_ERRNO: String(errno[name]) });

/** Deeds of one process, and of several. */
const single: readonly Deed[] = ['import', 'train', 'evaluate', 'activate', 'remove', 'serve'];
const all: readonly Deed[] = [...single, 'workers'];

/** Every fault by its name. */
export const faults = {
  'full disk': { at: ['writes'], variables: { ...failsWith('ENOSPC'), ...stays } },
  'half a write, then full': {
    at: ['writes'],
    variables: { ...failsWith('ENOSPC'), ...stays, FAULT_PARTIAL: '1' },
  },
  quota: { at: ['writes'], variables: { ...failsWith('EDQUOT'), ...stays } },
  'read-only': { at: ['writes'], variables: { ...failsWith('EROFS'), ...stays } },
  'broken once': { at: ['writes', 'loads'], variables: failsWith('EIO') },
  'unreadable from there': { at: ['loads'], variables: { ...failsWith('EIO'), ...stays } },
  'too many files': { at: ['opens'], variables: { ...failsWith('EMFILE'), ...stays } },
  'too many files once': { at: ['opens'], variables: failsWith('EMFILE') },
  'file cut short': { at: ['loads'], variables: { FAULT_SHORT: '1' } },
  'killed there': {
    at: ['writes', 'loads'],
    variables: { FAULT_SIGNAL: String(signals.SIGKILL) },
  },
  'clock moved back': { at: ['writes', 'loads'], variables: { FAULT_CLOCK: '-90000' } },
  'clock moved forward': { at: ['writes', 'loads'], variables: { FAULT_CLOCK: '90000' } },
  'database replaced': { at: ['writes', 'loads'], variables: {}, deeds: all, moves: 'database' },
  'run removed': { at: ['loads', 'writes'], variables: {}, deeds: all, moves: 'run' },
  'worker killed': {
    at: ['writes', 'loads'],
    variables: { FAULT_SIGNAL: String(signals.SIGKILL), FAULT_WORKER: '1' },
    deeds: ['workers'],
  },
  'worker stopped': {
    at: ['writes', 'loads'],
    variables: { FAULT_SIGNAL: String(signals.SIGSTOP), FAULT_WORKER: '1' },
    deeds: ['workers'],
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
export type Fault = keyof typeof faults;

export const faultNames = Object.keys(faults) as Fault[];

/** A fault by its name. */
export function faultKind(fault: Fault): FaultKind {
  return faults[fault];
}

/** Whether a fault is one of a deed. */
export function isFor(fault: Fault, deed: Deed): boolean {
  return (faultKind(fault).deeds ?? single).includes(deed);
}

/** One fault in one deed of a day. */
export interface Injection {
  readonly deed: Deed;
  readonly fault: Fault;
  readonly of: CountedCalls;
  /** The call at which it strikes; 0: before the deed. */
  readonly at: number;
}

/** How many calls of each kind a deed makes. */
export type Calls = Readonly<Record<CountedCalls, number>>;

const documentedStatuses: readonly number[] = [200, 201, 204, 503];

/** What the documents name beside these where a run, or a file of it, is away. */
const statusesOfRuns: readonly number[] = [404, 409];

/** Whether a status is a documented one. */
export function isDocumentedStatus(status: number, fault: Fault): boolean {
  const { at, moves } = faultKind(fault);
  const concernsRuns = moves === 'run' || !at.every((of) => of === 'writes');
  return documentedStatuses.includes(status) || (concernsRuns && statusesOfRuns.includes(status));
}

/** Faults for which another path would help, so that they count as a bad argument. */
const faultsOfPaths: readonly Fault[] = ['read-only', 'run removed'];

/** Exit codes that the documents name for a disk that refuses. */
export function isDocumentedExit(exit: number | string | null, fault: Fault): boolean {
  if (exit === 'SIGKILL') return fault === 'killed there';
  return exit === 0 || exit === 3 || (exit === 2 && faultsOfPaths.includes(fault));
}
