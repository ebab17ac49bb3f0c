/** The data sets that can be fetched by name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError, HomeError, quote } from '../../errors.js';

/** A published checksum. Where `hex` is null, it is in the NAME.zip.md5 beside the archive. */
export type Checksum =
  | { readonly algorithm: 'sha256' | 'md5'; readonly hex: string }
  | { readonly algorithm: 'md5'; readonly hex: null };

/** A data set with a name. */
export interface PublishedDataset {
  readonly name: string;
  readonly ratings: number;
  readonly users: number;
  /** Movies with a title, rated or not. */
  readonly movies: number;
  readonly licence: string;
  /** Null for a data set that comes with this package. */
  readonly checksum: Checksum | null;
}

const oldLicence = 'research use; no redistribution, no commercial use without permission';
const newLicence =
  'research use; redistribution under the same conditions, no commercial use without permission';

function sha256(hex: string): Checksum {
  return { algorithm: 'sha256', hex };
}

/** The folder of the archives at GroupLens: `<url>/<name>.zip`. */
export const publisherUrl = 'https://files.grouplens.org/datasets/movielens';

/** MovieLens, with the counts of each README, and the embedded sample. */
export const publishedDatasets: readonly PublishedDataset[] = [
  {
    name: 'sample',
    ratings: 60_000,
    users: 1_000,
    movies: 500,
    licence: 'synthetic, part of this package, MIT',
    checksum: null,
  },
  {
    name: 'ml-latest-small',
    ratings: 100_836,
    users: 610,
    movies: 9_742,
    licence: newLicence,
    checksum: sha256('696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436'),
  },
  {
    name: 'ml-100k',
    ratings: 100_000,
    users: 943,
    movies: 1_682,
    licence: oldLicence,
    checksum: sha256('50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229'),
  },
  {
    name: 'ml-1m',
    ratings: 1_000_209,
    users: 6_040,
    movies: 3_883,
    licence: oldLicence,
    checksum: sha256('a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20'),
  },
  {
    name: 'ml-10m',
    ratings: 10_000_054,
    users: 69_878,
    movies: 10_681,
    licence: oldLicence,
    checksum: { algorithm: 'md5', hex: 'ce571fd55effeba0271552578f2648bd' },
  },
  {
    name: 'ml-20m',
    ratings: 20_000_263,
    users: 138_493,
    movies: 27_278,
    licence: newLicence,
    checksum: sha256('96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3'),
  },
  {
    name: 'ml-25m',
    ratings: 25_000_095,
    users: 162_541,
    movies: 62_423,
    licence: newLicence,
    checksum: sha256('8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa'),
  },
  {
    name: 'ml-32m',
    ratings: 32_000_204,
    users: 200_948,
    movies: 87_585,
    licence: newLicence,
    checksum: sha256('e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee'),
  },
  {
    name: 'ml-latest',
    ratings: 33_832_162,
    users: 330_975,
    movies: 86_537,
    licence: newLicence,
    checksum: { algorithm: 'md5', hex: null },
  },
];

/**
 * The data set of a name.
 *
 * @throws ArgumentError when there is none
 */
export function publishedDataset(name: string): PublishedDataset {
  const found = publishedDatasets.find((dataset) => dataset.name === name);
  if (found) return found;
  const names = publishedDatasets.map((dataset) => dataset.name).join(', ');
  throw new ArgumentError(`there is no data set ${quote(name)}; choose one of ${names}`);
}

/** Whether a name is that of a published data set, or of the embedded sample. */
export function isPublished(name: string): boolean {
  return publishedDatasets.some((dataset) => dataset.name === name);
}

/** The folder of a data set's files: in the package for the sample, else in the home's downloads. */
export function datasetFolder(home: string, dataset: PublishedDataset): string {
  return dataset.checksum === null
    ? fileURLToPath(new URL(`../../../datasets/${dataset.name}`, import.meta.url))
    : join(home, 'downloads', dataset.name);
}

/**
 * The path that a source means: the folder of a named data set, or the file or folder itself.
 *
 * A name in the list means the data set. Write `./NAME` for a file or folder of that name.
 *
 * @throws HomeError when the data set has not been fetched
 */
export function resolveSource(home: string, source: string): { path: string; name?: string } {
  const dataset = publishedDatasets.find(({ name }) => name === source);
  if (dataset === undefined) return { path: source };
  const path = datasetFolder(home, dataset);
  if (existsSync(path)) return { path, name: dataset.name };
  throw new HomeError(
    `${source} is not in ${home}; run \`multvae fetch ${source}\` first (write ./${source} for a folder of that name)`,
  );
}
