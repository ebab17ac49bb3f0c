/** What a copy asks of a database, and what it gives to it. */
import type { HomePlace } from '../place.js';
import type { PublishedFile } from '../shared-runs.js';
import type { CopiedContents, StoreContents } from './contents.js';

/** Published runs on their way into a shared store. */
export interface CopiedRuns {
  readonly runs: readonly { readonly id: string; readonly files: readonly PublishedFile[] }[];
  /** The run that is served first, then those before it. */
  readonly activations: readonly string[];
  readonly documents: readonly {
    readonly run: string;
    readonly name: string;
    readonly read: () => Promise<string>;
  }[];
}

/** What a store is filled with. */
export interface Filling {
  readonly contents: StoreContents;
  /** Null where they are kept outside the store. */
  readonly runs: CopiedRuns | null;
  /** Put it in the place of what the store holds. */
  readonly replace: boolean;
}

/** What a database module offers to a copy. */
export interface CopyModule {
  /** Gives the rows of a store at one version of its data to a function. */
  readContents<T>(place: HomePlace, use: (contents: StoreContents) => Promise<T>): Promise<T>;

  /**
   * Fills a store, all or nothing: makes it where it is missing, and compares what it holds in the end with what it was
   * given before that is made visible.
   *
   * @throws HomeError when the store holds something and `replace` is false, or when it does not hold what it was given
   */
  fillStore(place: HomePlace, filling: Filling): Promise<CopiedContents>;
}
