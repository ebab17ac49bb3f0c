/** The errors that callers can distinguish, and the wording of values in messages. */

/**
 * The base of all errors of this package, one class for each kind of mistake. `code` is stable, so scripts may depend on
 * it. `exitCode` is the exit code of the command line: 1 for a fault of this package, 2 for a bad argument or bad data,
 * 3 for state that is missing, damaged or in use. The message says what is wrong, the rule, and what to do.
 */
export abstract class MultvaeError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: 1 | 2 | 3;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A flag, a positional argument or a library argument is outside its documented range. */
export class ArgumentError extends MultvaeError {
  readonly code = 'E_ARGUMENT';
  readonly exitCode = 2;
}

/** A hyper-parameter is unknown or outside its range. */
export class ConfigError extends MultvaeError {
  readonly code = 'E_CONFIG';
  readonly exitCode = 2;
}

/** What is wrong, and what to do; a row of `remedies.ts`. Both are sentences without a full stop. */
export interface Remedy {
  /** The rule that was broken or the thing that is wrong, with its values. */
  readonly cause: string;
  /** It must work with the product as it is. */
  readonly remedy: string;
}

/** Where in a file a value broke a rule. `line` and `column` start at 1. */
export interface DataErrorPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: string;
  readonly value?: string;
}

/** A ratings or titles file holds something that breaks its format's rules. */
export class DataError extends MultvaeError {
  readonly code = 'E_DATA';
  readonly exitCode = 2;
  readonly place: DataErrorPlace;
  readonly rule: string;
  readonly remedy: string;

  /**
   * @param rule - what the value must be, as a sentence without a full stop
   * @param remedy - what to do
   */
  constructor(place: DataErrorPlace, rule: string, remedy: string) {
    super(`${describePlace(place)}: ${rule}. ${remedy}`);
    this.place = place;
    this.rule = rule;
    this.remedy = remedy;
  }

  /** The error of a row of the table of causes and remedies. */
  static because(place: DataErrorPlace, { cause, remedy }: Remedy): DataError {
    return new DataError(place, cause, remedy);
  }
}

function describePlace(place: DataErrorPlace): string {
  const parts = [place.file];
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.column !== undefined) parts.push(`column ${place.column}`);
  const where = parts.join(', ');
  return place.value === undefined ? where : `${where}, value ${quote(place.value)}`;
}

/** Controls (C0, DEL, C1), which command a terminal; marks that turn the direction of text; halves of a pair. */
const invisible = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text in one line that a terminal only shows: every character that would do something else is written as JSON writes
 * it, such as `\u001b`. A JSON text in one line stays the same JSON.
 */
export function visible(text: string): string {
  return text.replace(invisible, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    if (escaped !== character) return escaped;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A text as it is shown in a message: in JSON's quotes, cut after 60 characters. */
export function quote(text: string): string {
  return visible(JSON.stringify(cut(text)));
}

/** @throws ArgumentError unless a value is an integer from 0 that a double holds exactly */
export function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new ArgumentError(`${name} is ${showValue(value)}; give an integer from 0`);
}

/** A value of any type as it is shown in a message: as JSON, cut after 60 characters. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return cut(JSON.stringify(value) ?? String(value));
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The data set is too small, or the options too large, for a split with training, validation and test users. */
export class SplitError extends MultvaeError {
  readonly code = 'E_SPLIT';
  readonly exitCode = 2;
}

/** Two arrays or tensors have shapes that do not match. */
export class ShapeError extends MultvaeError {
  readonly code = 'E_SHAPE';
  readonly exitCode = 1;
}

/** Training met a loss that is not a finite number. */
export class DivergenceError extends MultvaeError {
  readonly code = 'E_DIVERGED';
  readonly exitCode = 2;
}

/** A download failed, or the archive cannot be unpacked. */
export class DownloadError extends MultvaeError {
  readonly code = 'E_DOWNLOAD';
  readonly exitCode = 3;
}

/** A file's checksum differs from the published one. */
export class VerifyError extends MultvaeError {
  readonly code = 'E_VERIFY';
  readonly exitCode = 3;
}

/** The home folder or its database is missing, in use, damaged, newer than this version, or holds another data set. */
export class HomeError extends MultvaeError {
  readonly code = 'E_HOME';
  readonly exitCode = 3;
}

/** Why a file or folder cannot be read or written. */
export type StorageFault =
  | 'full'
  | 'quota'
  | 'too-large'
  | 'read-only'
  | 'denied'
  | 'handles'
  | 'memory'
  | 'network'
  | 'gone'
  | 'replaced'
  | 'damaged'
  | 'foreign'
  | 'busy'
  | 'broken'
  | 'path';

/** A file or folder cannot be read or written; `fault` says why. */
export class StorageError extends HomeError {
  readonly fault: StorageFault;

  constructor(fault: StorageFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** A run is missing, damaged, foreign or newer than this version. */
export class RunError extends MultvaeError {
  readonly code: 'E_RUN' | 'E_UNKNOWN_RUN' = 'E_RUN';
  readonly exitCode = 3;
}

/** There is no run with that id. */
export class UnknownRunError extends RunError {
  override readonly code = 'E_UNKNOWN_RUN';
}

/** No answer is possible at the moment: no run is active, or the model has just failed. A later request may succeed. */
export class UnavailableError extends MultvaeError {
  readonly code = 'E_UNAVAILABLE';
  readonly exitCode = 3;
}

/** No user with that id is stored, or the model knows none of the user's clicks. */
export class UnknownUserError extends MultvaeError {
  readonly code = 'E_UNKNOWN_USER';
  readonly exitCode = 3;
}

/** The key of a feedback event belongs to another event. */
export class FeedbackError extends MultvaeError {
  readonly code = 'E_FEEDBACK_KEY';
  readonly exitCode = 2;
}

/** Another process is writing to the database. The same call can succeed later. */
export class BusyError extends MultvaeError {
  readonly code = 'E_BUSY';
  readonly exitCode = 3;
}

/** No item with that id is stored, or the model was trained without it. */
export class UnknownItemError extends MultvaeError {
  readonly code = 'E_UNKNOWN_ITEM';
  readonly exitCode = 3;
}

/** The model lacks an ability, such as exploring without a latent space. */
export class UnsupportedError extends MultvaeError {
  readonly code = 'E_UNSUPPORTED';
  readonly exitCode = 2;
}

/** A package is not installed or does not load. */
export class DependencyError extends MultvaeError {
  readonly code = 'E_DEPENDENCY';
  readonly exitCode = 3;
}

/** The chosen backend cannot compute on this machine. */
export class BackendError extends MultvaeError {
  readonly code = 'E_BACKEND';
  readonly exitCode = 3;
}

/** The server cannot listen on the address. */
export class AddressError extends MultvaeError {
  readonly code = 'E_ADDRESS';
  readonly exitCode = 3;
}

/** The signals that stop a job politely; SIGHUP comes when a terminal closes. */
export type StoppingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The exit code of a process that a signal stopped: 128 and the signal's number. */
export function exitCodeOf(signal: StoppingSignal): 129 | 130 | 143 {
  return ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const)[signal];
}

/** A signal stopped the work; finished work is kept. The exit code is 130 (SIGINT), 143 (SIGTERM) or 129 (SIGHUP). */
export class Interrupted extends Error {
  readonly code = 'E_INTERRUPTED';
  readonly exitCode: 129 | 130 | 143;
  readonly signal: StoppingSignal;

  constructor(signal: StoppingSignal, message: string) {
    super(message);
    this.name = 'Interrupted';
    this.signal = signal;
    this.exitCode = exitCodeOf(signal);
  }
}
