/** What an import reads: a file, several, a folder, or standard input. */
import { ArgumentError, quote } from '../../errors.js';
import { DataFile } from './bytes/data-file.js';
import { isReadOnce, isStandardInput, type SpooledFile, spool } from './bytes/spooled-file.js';
import { findRatingsFiles } from './ratings-folder.js';

/** The files of an import, ready to be read. Close it after use. */
export interface RatingsSource {
  readonly files: readonly DataFile[];
  /** Removes the copies of what can be read only once. */
  close(): Promise<void>;
}

/**
 * Finds the files that a source means, and waits for what can be read only once.
 *
 * @param source - paths of files and folders, or `-` for standard input, in the order in which they are read
 * @throws ArgumentError for a source that is given twice, or none at all
 * @throws DataError when one cannot be read, or it is not clear which file of a folder is meant
 */
export async function openRatingsSource(
  source: string | readonly string[],
  options: { readonly encoding?: string; readonly signal?: AbortSignal } = {},
): Promise<RatingsSource> {
  const { signal, ...reading } = options;
  const paths = typeof source === 'string' ? [source] : source;
  const copies: SpooledFile[] = [];
  const close = async () => {
    for (const copy of copies) await copy.remove();
  };
  try {
    const files: DataFile[] = [];
    for (const path of pathsOf(paths)) {
      if (await isReadOnce(path)) {
        const copy = await spool(path, options);
        copies.push(copy);
        files.push(copy.file);
      } else {
        files.push(new DataFile(path, reading));
      }
    }
    return { files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws ArgumentError */
function pathsOf(sources: readonly string[]): string[] {
  if (sources.length === 0) throw new ArgumentError('no source is given; give a file or a folder');
  const paths = sources.flatMap((source) =>
    isStandardInput(source) ? [source] : findRatingsFiles(source),
  );
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) {
    throw new ArgumentError(`${quote(twice)} is given twice; give each file once`);
  }
  return paths;
}
