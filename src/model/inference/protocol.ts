/** The messages between the thread that computes and the thread that answers requests. */

import type { BackendName } from '../../backend/engine.js';
import type { LayerPrecision } from '../../backend/packed-layer.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { HomePlace } from '../../data/store/place.js';
import * as errors from '../../errors.js';
import { MultvaeError } from '../../errors.js';
import type { StoredRun } from '../../runs/format.js';
import type { Recommender, TopN } from '../recommender.js';

/** The run that the computing thread opens, and how. */
export interface InferenceSource {
  /** The run is in the home folder; the extension may read the store. */
  readonly place: HomePlace;
  readonly run: string;
  readonly backend?: BackendName;
  /** Threads of the backend `native`, the calling one included. */
  readonly threads?: number;
  /** Precision of the decoder. */
  readonly precision: LayerPrecision;
  /** Address of a module whose `extended` gives the model more methods (`ModelExtension`). */
  readonly extension?: string;
}

/** What the module of an extension exports. */
export interface ModelExtension {
  extended(model: Recommender, run: RunDetails, place: HomePlace): Recommender;
}

/** A run without its weights. */
export type RunDetails = Omit<StoredRun, 'weights'>;

/** Methods that only some models have. */
export const optionalMethods = [
  'encode',
  'decode',
  'itemVectors',
  'itemRelations',
  'elbo',
  'sample',
] as const;
export type OptionalMethod = (typeof optionalMethods)[number];

/** Several rankings of one row each, sent together. */
export interface RankingCalls {
  readonly ids: readonly number[];
  readonly ns: readonly number[];
  readonly rows: PlainRows;
  readonly mask: PlainRows;
}

/** A call of any other method. */
export interface MethodCall {
  readonly id: number;
  readonly method: 'score' | 'topN' | OptionalMethod;
  readonly args: readonly unknown[];
}

/** A message to the computing thread. */
export type Question = { readonly rankings: RankingCalls } | { readonly call: MethodCall };

/** A message from the computing thread. */
export type Report =
  | { readonly opened: Opened }
  | { readonly refused: PlainError }
  | { readonly ranked: Ranked }
  | { readonly value: unknown; readonly id: number }
  | { readonly error: PlainError; readonly ids: readonly number[] };

/** An opened run and its model's properties. */
export interface Opened {
  readonly run: unknown;
  readonly model: string;
  readonly itemCount: number;
  readonly methods: readonly OptionalMethod[];
  /** Why a faster backend does not compute, and the like. */
  readonly remarks: readonly string[];
}

/** The rankings of a batch; row k belongs to `ids[k]`. */
export interface Ranked {
  readonly ids: readonly number[];
  readonly best: TopN;
  readonly durationMs: number;
}

/** A `ClickMatrix` without its class, as messages carry it. */
export interface PlainRows {
  readonly columns: number;
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** Stacks the rows of several matrices, in new arrays. */
export function joinRows(matrices: readonly PlainRows[]): PlainRows {
  let rows = 0;
  let clicks = 0;
  for (const { offsets, items } of matrices) {
    rows += offsets.length - 1;
    clicks += items.length;
  }
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(clicks);
  let row = 0;
  for (const matrix of matrices) {
    const start = offsets[row]!;
    items.set(matrix.items, start);
    for (let u = 1; u < matrix.offsets.length; u++) offsets[++row] = start + matrix.offsets[u]!;
  }
  return { columns: matrices[0]!.columns, offsets, items };
}

/** Makes plain rows a matrix again. */
export function asClickMatrix({ columns, offsets, items }: PlainRows): ClickMatrix {
  return new ClickMatrix(columns, offsets, items);
}

/** Makes all plain rows in a received value matrices again, at any depth. */
export function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value))
    return value.every((x) => typeof x === 'string') ? value : value.map(revive);
  if ('offsets' in value && 'columns' in value) return asClickMatrix(value as PlainRows);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]));
}

/** An error without its class, as messages carry it. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** An error in the form that messages carry. */
export function plainError(error: unknown): PlainError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

/** Makes a plain error an `Error` again, of its class when that is one of this package's. */
export function revivedError({ name, message, stack }: PlainError): Error {
  const known = (errors as Record<string, unknown>)[name];
  const isOwn = typeof known === 'function' && known.prototype instanceof MultvaeError;
  const error = isOwn ? new (known as new (message: string) => Error)(message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
