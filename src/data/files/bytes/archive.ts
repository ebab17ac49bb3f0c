/** Unpacks archives of one file while they are read. */
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { storageMeaning } from '../../../storage/faults.js';
import { ArchiveFault } from './archive-fault.js';
import { type Archive, archiveNames } from './archive-names.js';
import { type ByteReader, FileReader, PieceReader, type Pieces, piecesOf } from './byte-reader.js';
import { inflatedPieces } from './inflation.js';
import { zipPieces } from './zip-entry.js';
import { zstandardPieces } from './zstandard.js';

/** An archive that is open. */
export interface OpenArchive {
  readonly kind: Archive;
  /** As messages name it. */
  readonly path: string;
  /** Where it lies. */
  readonly storedAt: string;
  /** The reader of the unpacked bytes closes it. */
  readonly file: FileHandle;
  /** Throws the error for a failed read. */
  readonly refuse: (cause: Error) => never;
}

/**
 * The bytes of the file in an archive.
 *
 * Reading throws DataError where the archive is damaged or cut off.
 *
 * @throws DataError when it holds several files, or none
 */
export async function unpacked(archive: OpenArchive): Promise<ByteReader> {
  const { file } = archive;
  try {
    const { pieces, bytesRead } = await piecesIn(archive);
    return new PieceReader({ pieces: refusing(archive, pieces), bytesRead });
  } catch (cause) {
    await file.close();
    throw refusalOf(archive, cause);
  }
}

async function piecesIn({ kind, path, storedAt, file, refuse }: OpenArchive): Promise<Pieces> {
  if (kind === 'zip') return zipPieces(path, storedAt);
  const packed = new FileReader(file, refuse);
  const pieces =
    kind === 'gzip' ? inflatedPieces(piecesOf(packed), createGunzip()) : zstandardPieces(packed);
  return { pieces, bytesRead: () => packed.bytesRead };
}

/** Turns the faults of an archive into errors that name it, and closes it at the end. */
async function* refusing(
  archive: OpenArchive,
  pieces: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (cause) {
    throw refusalOf(archive, cause);
  } finally {
    await archive.file.close();
  }
}

function refusalOf({ kind, path, refuse }: OpenArchive, cause: unknown): unknown {
  if (cause instanceof DataError) return cause;
  if (cause instanceof ArchiveFault && cause.isCut) {
    return DataError.because({ file: path }, remedies.archiveCut({ is: archiveNames[kind] }));
  }
  const fault = cause as Error;
  if (storageMeaning(fault) !== null) return refuse(fault);
  const damage = { is: archiveNames[kind], fault: fault.message };
  return DataError.because({ file: path }, remedies.archiveDamaged(damage));
}
