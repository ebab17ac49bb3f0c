/**
 * Published runs in a store that several machines share: the files of each run in checked chunks, the list of
 * activations, and the documents about runs. What the files mean is not known here.
 */

/** A file of a run, without its contents. */
export interface SharedFile {
  readonly name: string;
  /** The size in bytes. */
  readonly bytes: number;
  /** The SHA-256 of the contents, in hex. */
  readonly sha256: string;
}

/** A published run in the store. */
export interface SharedRun {
  readonly id: string;
  /** When it was published in the store, ISO 8601. */
  readonly publishedAt: string;
  /** In the order in which they were published. */
  readonly files: readonly SharedFile[];
  /** What is missing of it, as a count of its chunks and their sizes shows; null for nothing. `check` sees more. */
  readonly problem: string | null;
}

/** A file that is about to be published. */
export interface PublishedFile extends SharedFile {
  /** Gives the contents from front to back, in pieces of any size; called once for each attempt. */
  read(): AsyncIterable<Uint8Array>;
}

/** What a follower has to know; one cheap query gives it. */
export interface SharedRunsState {
  /** Grows with each run that is published or removed, and with each activation. */
  readonly version: number;
  /** The id of the run that is served; null for none. */
  readonly active: string | null;
  /** The id of the run that was served before it; null for none. */
  readonly previous: string | null;
}

/** A text about a run, such as a measurement or a report page. */
export interface RunDocument {
  /** The id of the run, which need not be in the store. */
  readonly run: string;
  /** The kind, such as `validation.json`. */
  readonly name: string;
}

/**
 * The runs of a store. Every change is one transaction: other processes see all of it or nothing. A published run
 * never changes.
 *
 * Every method rejects with a StorageError when the store cannot be reached.
 */
export interface SharedRuns {
  /** The store, for messages: its address without anything secret. */
  readonly place: string;

  /** A text that tells this store from every other one, also after a move to another address. */
  identity(): Promise<string>;

  state(): Promise<SharedRunsState>;

  /** Every published run, in the order of the ids. */
  list(): Promise<readonly SharedRun[]>;

  /** One run; null where there is none. */
  find(id: string): Promise<SharedRun | null>;

  /** Those of the ids that were removed from this store, and not published again. */
  removedAmong(ids: readonly string[]): Promise<readonly string[]>;

  /**
   * Publishes a run: whole, or not at all. In memory are a few chunks at a time. Publishing the same files again
   * mends what is damaged and changes nothing else, so that a caller may try again after a connection that broke.
   *
   * @throws RunError when a run of that id has other files, or a file is not as its size and checksum say
   */
  publish(id: string, files: readonly PublishedFile[]): Promise<void>;

  /**
   * The contents of a file, from front to back, one chunk at a time. Each chunk is checked before it is given, and the
   * whole file before the last one is.
   *
   * @throws UnknownRunError when there is no such run, RunError naming run, file and chunk when something is missing or
   *   damaged
   */
  read(id: string, file: string): AsyncIterable<Uint8Array>;

  /**
   * Checks every chunk of a run against its checksum, inside the store: nothing is transferred.
   *
   * @throws as `read`
   */
  check(id: string): Promise<void>;

  /** The ids of the runs that were made active: the served one first, then those before it, latest first. */
  activations(): Promise<readonly string[]>;

  /**
   * Makes a run the one that is served. The same transaction sees that the run is there with all its chunks.
   *
   * @throws UnknownRunError when there is no such run, RunError when a part of it is missing
   */
  activate(id: string): Promise<void>;

  /**
   * Goes back to the run that was served before.
   *
   * @param previous - the run that the caller has checked
   * @throws RunError when another run is the one before by now; otherwise as `activate`
   */
  rollback(previous: string): Promise<void>;

  /**
   * Removes a run with its files, and from the list of activations. Documents about it stay.
   *
   * @throws UnknownRunError when there is no such run, RunError when it is the one that is served
   */
  remove(id: string): Promise<void>;

  /** Every document, without its contents, in the order of run and name. */
  documents(): Promise<readonly RunDocument[]>;

  /** The contents of a document; null where there is none. */
  document(place: RunDocument): Promise<string | null>;

  /** Stores a document in place of the one before. */
  keepDocument(place: RunDocument, contents: string): Promise<void>;

  /** Deletes every document about a run; there may be none. */
  removeDocuments(run: string): Promise<void>;
}
