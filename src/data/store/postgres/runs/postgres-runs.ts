/** Published runs in PostgreSQL. */
import { RunError, UnknownRunError } from '../../../../errors.js';
import type {
  PublishedFile,
  RunDocument,
  SharedRun,
  SharedRuns,
  SharedRunsState,
} from '../../shared-runs.js';
import type { Connection, Session } from '../connection.js';
import { checkedChunks, type StoredChunk, writeChunks } from './chunks.js';
import {
  type DamagedChunk,
  damagedChunk,
  type FileRow,
  filesOf,
  filesOfRuns,
  isSame,
  remedyFor,
  runsOf,
} from './rows.js';

const raiseVersion = 'UPDATE store.run_list SET version = version + 1';

/** As `SharedRuns` says. Every change locks the one row of `run_list` to its end, and only then looks. */
export class PostgresRuns implements SharedRuns {
  readonly place: string;
  readonly #connection: Connection;
  #identity: string | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.place = connection.address.shown;
  }

  async identity(): Promise<string> {
    if (this.#identity === null) {
      const [row] = await this.#connection.read<{ readonly identity: string }>(
        'SELECT identity FROM store.run_list',
      );
      this.#identity = row!.identity;
    }
    return this.#identity;
  }

  async state(): Promise<SharedRunsState> {
    const [row] = await this.#connection.read<SharedRunsState>(
      'SELECT version, activations[1] AS active, activations[2] AS previous FROM store.run_list',
    );
    return row!;
  }

  async list(): Promise<SharedRun[]> {
    return runsOf(
      await this.#connection.read<FileRow>(`${filesOfRuns} ORDER BY r.id, f.place`),
      this.place,
    );
  }

  async find(id: string): Promise<SharedRun | null> {
    const rows = await this.#connection.read<FileRow>(
      `${filesOfRuns} AND r.id = $1 ORDER BY f.place`,
      [id],
    );
    return runsOf(rows, this.place)[0] ?? null;
  }

  async removedAmong(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#connection.read<{ readonly id: string }>(
      'SELECT id FROM store.runs WHERE removed_at IS NOT NULL AND id = ANY ($1) ORDER BY id',
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async publish(id: string, files: readonly PublishedFile[]): Promise<void> {
    const publish = async (session: Session) => {
      // Another process that publishes the same run is waited for.
      const isNew = await session.run(
        `INSERT INTO store.runs (id) VALUES ($1)
        ON CONFLICT (id) DO UPDATE SET removed_at = NULL, published_at = now()
        WHERE runs.removed_at IS NOT NULL`,
        [id],
      );
      if (isNew === 0) {
        const [known] = runsOf(await filesOf(session, id), this.place);
        if (known !== undefined && !isSame(known.files, files)) {
          throw new RunError(
            `run ${id} exists already in ${this.place}, with other files; a published run never changes`,
          );
        }
        if (known?.problem === null && (await damagedChunk(session, id)) === null) return;
        await session.run('DELETE FROM store.run_files WHERE run = $1', [id]);
      }
      for (const [place, file] of files.entries()) {
        await session.run(
          'INSERT INTO store.run_files (run, name, place, bytes, sha256) VALUES ($1, $2, $3, $4, $5)',
          [id, file.name, place, file.bytes, file.sha256],
        );
        await writeChunks(session, id, file);
      }
      await session.run(raiseVersion);
    };
    await this.#connection.transaction(publish, { long: true });
  }

  async *read(id: string, file: string): AsyncIterable<Uint8Array> {
    const [found] = await this.#connection.read<{
      readonly name: string | null;
      readonly bytes: number;
      readonly sha256: string;
    }>(
      `SELECT f.name, f.bytes, f.sha256 FROM store.runs r
      LEFT JOIN store.run_files f ON f.run = r.id AND f.name = $2
      WHERE r.id = $1 AND r.removed_at IS NULL`,
      [id, file],
    );
    if (found === undefined) throw this.#noRun(id);
    const what = `${file} of run ${id} in ${this.place}`;
    const remedy = remedyFor(id);
    if (found.name === null) throw new RunError(`${what} is missing. ${remedy}`);
    const { bytes, sha256 } = found;
    yield* checkedChunks({ what, bytes, sha256, remedy }, (part) => this.#chunk(id, file, part));
  }

  async check(id: string): Promise<void> {
    await this.#connection.snapshot(
      async (session) => {
        const [run] = runsOf(await filesOf(session, id), this.place);
        if (run === undefined) throw this.#noRun(id);
        const problem =
          run.problem ?? (await damagedChunk(session, id).then((found) => this.#damage(id, found)));
        if (problem !== null) throw new RunError(problem);
      },
      { long: true },
    );
  }

  async activations(): Promise<string[]> {
    const [row] = await this.#connection.read<{ readonly activations: string[] }>(
      'SELECT activations FROM store.run_list',
    );
    return row!.activations;
  }

  async activate(id: string): Promise<void> {
    await this.#connection.transaction(async (session) => {
      const ids = await lockedActivations(session);
      await this.#requireWhole(session, id);
      if (ids[0] !== id) await setActivations(session, [id, ...ids]);
    });
  }

  async rollback(previous: string): Promise<void> {
    await this.#connection.transaction(async (session) => {
      const ids = await lockedActivations(session);
      if (ids[1] !== previous) {
        throw new RunError(
          'another process has just chosen another run; `multvae runs` shows which. Try again.',
        );
      }
      await this.#requireWhole(session, previous);
      await setActivations(session, ids.slice(1));
    });
  }

  async remove(id: string): Promise<void> {
    await this.#connection.transaction(async (session) => {
      const ids = await lockedActivations(session);
      if (ids[0] === id) {
        throw new RunError(
          `run ${id} is the active one; activate another with \`multvae activate RUN\` before you remove it`,
        );
      }
      const removed = await session.run(
        'UPDATE store.runs SET removed_at = now() WHERE id = $1 AND removed_at IS NULL',
        [id],
      );
      if (removed === 0) throw this.#noRun(id);
      await session.run('DELETE FROM store.run_files WHERE run = $1', [id]);
      await setActivations(
        session,
        ids.filter((other) => other !== id),
      );
    });
  }

  async documents(): Promise<RunDocument[]> {
    return this.#connection.read<RunDocument>(
      'SELECT run, name FROM store.run_documents ORDER BY run, name',
    );
  }

  async document({ run, name }: RunDocument): Promise<string | null> {
    const [row] = await this.#connection.read<{ readonly contents: string }>(
      'SELECT contents FROM store.run_documents WHERE run = $1 AND name = $2',
      [run, name],
    );
    return row?.contents ?? null;
  }

  async keepDocument({ run, name }: RunDocument, contents: string): Promise<void> {
    await this.#connection.transaction((session) =>
      session.run(
        `INSERT INTO store.run_documents (run, name, contents) VALUES ($1, $2, $3)
        ON CONFLICT (run, name) DO UPDATE SET contents = excluded.contents`,
        [run, name, contents],
      ),
    );
  }

  async removeDocuments(run: string): Promise<void> {
    await this.#connection.transaction((session) =>
      session.run('DELETE FROM store.run_documents WHERE run = $1', [run]),
    );
  }

  /** A chunk; it may take any time, because a network may be slow. */
  async #chunk(id: string, file: string, part: number): Promise<StoredChunk | null> {
    const read = (session: Session) =>
      session.query<StoredChunk>(
        `SELECT c.sha256, c.contents FROM store.run_chunks c
        WHERE c.run = $1 AND c.file = $2 AND c.part = $3`,
        [id, file, part],
      );
    const [chunk] = await this.#connection.snapshot(read, { long: true });
    if (chunk === undefined && (await this.find(id)) === null) throw this.#noRun(id);
    return chunk ?? null;
  }

  /** @throws UnknownRunError or RunError unless the run is there with all its chunks */
  async #requireWhole(session: Session, id: string): Promise<void> {
    const [run] = runsOf(await filesOf(session, id), this.place);
    if (run === undefined) throw this.#noRun(id);
    if (run.problem !== null) throw new RunError(run.problem);
  }

  #damage(id: string, found: DamagedChunk | null): string | null {
    return (
      found &&
      `chunk ${found.part} of ${found.file} of run ${id} in ${this.place} is damaged: its checksum differs. ${remedyFor(id)}`
    );
  }

  #noRun(id: string): UnknownRunError {
    return new UnknownRunError(
      `there is no run ${id} in ${this.place}. \`multvae runs\` lists them.`,
    );
  }
}

async function lockedActivations(session: Session): Promise<string[]> {
  const [row] = await session.query<{ readonly activations: string[] }>(
    'SELECT activations FROM store.run_list FOR UPDATE',
  );
  return row!.activations;
}

async function setActivations(session: Session, ids: readonly string[]): Promise<void> {
  await session.run('UPDATE store.run_list SET activations = $1', [ids]);
  await session.run(raiseVersion);
}
