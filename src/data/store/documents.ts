/** Small JSON documents of a home that are neither ratings nor runs, such as its settings. */
import { ArgumentError, quote } from '../../errors.js';

/** A document in a list. */
export interface ListedDocument {
  readonly id: string;
  readonly value: unknown;
  /** When it was written, in whole seconds since 1970. */
  readonly at: number;
}

/**
 * Reads and writes documents. Each has a kind and an id. When a write's promise resolves, the change is durable, and
 * every process that has the store open reads it with its next call.
 *
 * A write throws BusyError when another process writes for longer than a second, and HomeError when the store cannot be
 * written. Nothing is stored then. A wrong kind or id throws ArgumentError (`documentKey`).
 */
export interface Documents {
  /** The value of a document; null where there is none. */
  read(kind: string, id: string): Promise<unknown | null>;

  /** All documents of a kind, in code-point order of their ids. */
  list(kind: string): Promise<ListedDocument[]>;

  /**
   * Writes a document, in the place of one with the same id.
   *
   * @param value - what JSON can hold; null and undefined are refused
   */
  write(kind: string, id: string, value: unknown): Promise<void>;

  /**
   * Writes or deletes a document only if it is still what the caller read, so that of several callers one succeeds.
   *
   * @param before - what `read` gave; null where there must be none
   * @param after - what it is to be; null deletes it
   * @returns whether it was
   */
  swap(kind: string, id: string, before: unknown | null, after: unknown | null): Promise<boolean>;

  /** Deletes a document. Gives whether there was one. */
  remove(kind: string, id: string): Promise<boolean>;
}

const kindPattern = /^[a-z]+(?:-[a-z]+)*$/;
const maxIdLength = 200;

/**
 * The key of a document in a table: kind and id with a slash between them. So the documents of a kind are neighbours.
 *
 * @throws ArgumentError when the kind is not lower-case words joined by hyphens, or the id is empty, longer than 200
 *   characters or holds a control character
 */
export function documentKey(kind: string, id: string): string {
  checkKind(kind);
  // A lone half of a surrogate pair has no bytes, so a database could not give it back.
  if (!/^[^\p{Cc}\p{Cs}]+$/u.test(id) || id.length > maxIdLength) {
    throw new ArgumentError(
      `${quote(id)} is not an id of a document; give 1 to ${maxIdLength} characters without control characters`,
    );
  }
  return `${kind}/${id}`;
}

/** The bounds of the keys of a kind: from the first, to before the second. @throws ArgumentError */
export function documentKeys(kind: string): readonly [string, string] {
  checkKind(kind);
  // The character after the slash.
  return [`${kind}/`, `${kind}0`];
}

/** The id in a key. */
export function documentId(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

/** The text that is stored of a value. @throws ArgumentError */
export function documentText(value: unknown): string {
  const text = value === null ? undefined : JSON.stringify(value);
  if (text === undefined) throw new ArgumentError('a document holds a JSON value other than null');
  return text;
}

function checkKind(kind: string): void {
  if (kindPattern.test(kind)) return;
  throw new ArgumentError(
    `${quote(kind)} is not a kind of document; give lower-case words joined by hyphens`,
  );
}
