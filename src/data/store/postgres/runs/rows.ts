/** What the store's tables say of runs: their files, and what is missing or damaged of them. */
import type { SharedFile, SharedRun } from '../../shared-runs.js';
import type { Session } from '../connection.js';

/** A file of a run. */
export interface FileRow {
  readonly id: string;
  readonly published: Date;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly chunks: number;
  readonly last: number | null;
  readonly size: number;
}

/** The files of the published runs, with what their chunks are by count and size: no chunk is read for that. */
export const filesOfRuns = `
  SELECT r.id, r.published_at AS published, f.name, f.bytes, f.sha256, c.chunks, c.last, c.size
  FROM store.runs r
  JOIN store.run_files f ON f.run = r.id
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS chunks, max(part) AS last,
      coalesce(sum(octet_length(contents)), 0)::bigint AS size
    FROM store.run_chunks WHERE run = f.run AND file = f.name
  ) c
  WHERE r.removed_at IS NULL`;

/** What to do about a run that is damaged in the store. */
export function remedyFor(id: string): string {
  return `\`multvae activate ${id}\` mends it from a home that still has a copy, such as the one that trained it; else restore the database from a backup, or train again.`;
}

/** The files of one run; none where there is no such run. */
export function filesOf(session: Session, id: string): Promise<FileRow[]> {
  return session.query<FileRow>(`${filesOfRuns} AND r.id = $1 ORDER BY f.place`, [id]);
}

/** A chunk that is not as it was published. */
export interface DamagedChunk {
  readonly file: string;
  readonly part: number;
}

/** The first chunk that is not as its checksum says; the server reads them all. */
export async function damagedChunk(session: Session, id: string): Promise<DamagedChunk | null> {
  const [damaged] = await session.query<DamagedChunk>(
    `SELECT file, part FROM store.run_chunks
    WHERE run = $1 AND encode(sha256(contents), 'hex') <> sha256
    ORDER BY file, part LIMIT 1`,
    [id],
  );
  return damaged ?? null;
}

/** The runs of rows that are in the order of runs and files. */
export function runsOf(rows: readonly FileRow[], place: string): SharedRun[] {
  const byRun = new Map<string, FileRow[]>();
  for (const row of rows) byRun.set(row.id, [...(byRun.get(row.id) ?? []), row]);
  return Array.from(byRun, ([id, files]) => {
    const broken = files.find(
      ({ bytes, chunks, last, size }) => size !== bytes || (last ?? -1) !== chunks - 1,
    );
    return {
      id,
      publishedAt: files[0]!.published.toISOString(),
      files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      problem:
        broken === undefined
          ? null
          : `${broken.name} of run ${id} in ${place} is not whole: ${broken.size} of ${broken.bytes} bytes are there. ${remedyFor(id)}`,
    };
  });
}

/** Whether two runs have the same files, in any order. */
export function isSame(known: readonly SharedFile[], given: readonly SharedFile[]): boolean {
  const text = (files: readonly SharedFile[]) =>
    files
      .map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}\n`)
      .sort()
      .join('');
  return text(known) === text(given);
}
