/** What the server says of the lists that were shown, and of the nights. */

import { Problem, request } from './connection.js';

/** A share with its 95 % interval, from 0 to 1. */
export interface Rate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What became of some lists. */
export interface ListFigures {
  readonly lists: number;
  readonly clicked: number;
  /** Null where no list was shown. */
  readonly clickThrough: Rate | null;
  readonly converted: number;
  readonly conversion: Rate | null;
}

/** The same with how they were answered. */
export interface AnswerFigures extends ListFigures {
  readonly empty: number;
  readonly popularity: Rate | null;
  readonly latencyMs: {
    readonly median: number;
    readonly p95: number;
    readonly p99: number;
  } | null;
}

/** `GET /live`. */
export interface Live {
  readonly from: string;
  readonly to: string;
  readonly total: AnswerFigures;
  readonly byRun: readonly (AnswerFigures & { readonly run: string })[];
  readonly byDay: readonly (AnswerFigures & { readonly day: string })[];
  readonly byPlace: readonly (ListFigures & { readonly place: number })[];
}

/** Two models by one metric, the new one first. */
export interface PairedMetric {
  readonly first: number;
  readonly second: number;
  readonly difference: number;
  /** Of the test that the two are equal. */
  readonly p: number;
}

interface PairedResult {
  /** Whether a list has a hidden click of a user. */
  readonly hits: PairedMetric;
  /** It decides. */
  readonly ranking: PairedMetric;
}

/** What a refresh of the home found and did. */
export interface Night {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly rows: number;
  /** What a file of items brought; null without one. */
  readonly catalogue: { readonly created: number; readonly changed: number } | null;
  readonly run: string | null;
  /** The new run beside the one that was live, and beside popularity; null where nothing was compared. */
  readonly comparison: {
    readonly base: { readonly result: PairedResult } | null;
    readonly popularity: PairedResult | null;
  } | null;
  readonly outcome: 'activated' | 'kept' | 'nothing new' | 'failed';
  /** In sentences. */
  readonly reason: string;
}

/** What became of the lists; null where the server does not count them. */
export function liveFigures(days: number, signal?: AbortSignal): Promise<Live | null> {
  return orNull(request<Live>('live', { query: { days }, signal }));
}

/** The nights, the newest first; none where the server keeps none. */
export async function listNights(signal?: AbortSignal): Promise<readonly Night[]> {
  return (await orNull(request<{ nights: Night[] }>('nights', { signal })))?.nights ?? [];
}

function orNull<T>(reply: Promise<T>): Promise<T | null> {
  return reply.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}
