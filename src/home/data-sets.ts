/** Brings data in: data sets with a name, files, and synthetic ratings. */

import { existsSync } from 'node:fs';
import { delimiterNamed, delimiterNames } from '../data/files/text/delimiters.js';
import { type ImportOptions, type ImportSummary, importRatings } from '../data/import.js';
import {
  type ItemsImportOptions,
  type ItemsImportSummary,
  importItems,
} from '../data/items/import-items.js';
import {
  datasetFolder,
  type PublishedDataset,
  publishedDataset,
  publishedDatasets,
  resolveSource,
} from '../data/sources/datasets.js';
import { type FetchOptions, type FetchResult, fetchDataset } from '../data/sources/fetch.js';
import { type HomeAt, placeAt } from '../data/store/place.js';
import { catalogues, parseCatalogue, SyntheticCatalogue } from '../data/synthetic/catalogue.js';
import { writeCatalogueFiles } from '../data/synthetic/catalogue-files.js';
import { parseShop, SyntheticShop } from '../data/synthetic/shop.js';
import { writeShopFiles } from '../data/synthetic/shop-files.js';
import {
  parseShape,
  type Shape,
  SyntheticRatings,
  sampleSeed,
  shapes,
} from '../data/synthetic/synthetic.js';
import { writeSyntheticFiles } from '../data/synthetic/synthetic-files.js';
import { type DryRun, type DryRunOptions, dryRun } from '../data/understanding/dry-run.js';
import { BusyError } from '../errors.js';
import { type Claim, HomeLocks, holderText, unknownHolder } from '../runs/locks.js';

/** What separates the fields of a file: the names of the delimiters, and the one that a text names. */
export const delimiting = { names: delimiterNames, named: delimiterNamed } as const;

/** The data sets that have a name, and whether their files are here. */
export function listDatasets(
  folder: string,
): readonly (PublishedDataset & { readonly isPresent: boolean })[] {
  return publishedDatasets.map((dataset) => ({
    ...dataset,
    isPresent: existsSync(datasetFolder(folder, dataset)),
  }));
}

/**
 * Downloads, verifies and unpacks a data set with a name into the home.
 *
 * @throws ArgumentError for an unknown name
 * @throws BusyError while another process downloads it
 * @throws DownloadError, VerifyError, HomeError
 */
export async function fetchByName(
  folder: string,
  name: string,
  options: FetchOptions = {},
): Promise<FetchResult & Pick<PublishedDataset, 'licence'>> {
  const dataset = publishedDataset(name);
  const { licence } = dataset;
  const isHere = dataset.checksum === null || existsSync(datasetFolder(folder, dataset));
  const claim = isHere ? null : claimDownload(folder, name);
  try {
    return { ...(await fetchDataset(folder, name, options)), licence };
  } finally {
    claim?.release();
  }
}

/** Reserves a download: two at once would write the same partial file. @throws BusyError when it is under way */
function claimDownload(folder: string, name: string): Claim {
  const locks = new HomeLocks(folder);
  const lock = `fetch.${name}`;
  const claim = locks.alone(() => locks.claim(lock));
  if (claim !== null) return claim;
  throw new BusyError(
    `${holderText(locks.holder(lock) ?? unknownHolder)} downloads ${name} into this home; wait until it ends, or stop it. What it has is kept, and the same command goes on`,
  );
}

/**
 * Imports ratings, and the titles beside them, into a home as one transaction.
 *
 * @param source - as of `importRatings`, or the name of a data set that is present
 * @throws DataError when a file is not what it should be, or has a bad row and bad rows are not skipped
 * @throws HomeError when the data set was not fetched, or the home holds a data set and neither `replace` nor
 *   `append` is given
 */
export async function importSource(
  home: HomeAt,
  source: string | readonly string[],
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const { folder } = placeAt(home);
  if (typeof source !== 'string') {
    const paths = source.map((part) => resolveSource(folder, part).path);
    if (paths.length !== 1) return importRatings(home, paths, options);
  }
  const { path, name } = resolveSource(folder, typeof source === 'string' ? source : source[0]!);
  // A published data set brings its name, but not to the data that it is appended to.
  const brought = name !== undefined && !options.append ? { name } : {};
  return importRatings(home, path, { ...brought, ...options });
}

/**
 * Imports a file of items alone into a home, which holds ratings or none yet. It touches no rating.
 *
 * @throws DataError when the file is not what it should be, or has a bad row and bad rows are not skipped
 */
export function importItemsFile(
  home: HomeAt,
  path: string,
  options: ItemsImportOptions = {},
): Promise<ItemsImportSummary> {
  return importItems(home, path, options);
}

/**
 * What an import of a source would understand, with the first rows as it would store them. Nothing is stored, and no
 * home is made.
 *
 * @param options - `home`: where data sets with a name were fetched to. Default: `.multvae`
 * @throws as `importSource`, but for bad rows, which the result holds
 */
export async function dryRunImport(
  source: string | readonly string[],
  options: DryRunOptions & { readonly home?: string } = {},
): Promise<DryRun> {
  const sources = typeof source === 'string' ? [source] : source;
  const paths = sources.map((part) => resolveSource(options.home ?? '.multvae', part).path);
  return dryRun(paths, options);
}

/** The named shapes of synthetic data, and the seed of the embedded sample. */
export const synthetic = {
  shapes: ['shop', ...Object.keys(shapes), ...Object.keys(catalogues)],
  seed: sampleSeed,
} as const;

/** Which synthetic data to write, and where. */
export interface GenerationOptions {
  /**
   * A name of `synthetic.shapes`, `USERSxITEMSxRATINGS`, `shop:CUSTOMERSxPRODUCTSxLINES`, or
   * `catalogue:USERSxITEMSxCLICKS`.
   */
  readonly shape: string;
  /** A new or empty folder. */
  readonly out: string;
  /** The same shape and seed give the same bytes. Default: the seed of the embedded sample. */
  readonly seed?: number;
  readonly onProgress?: (ratings: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes synthetic data: `ratings.csv` and `movies.csv` in the shape of MovieLens, `orders.csv` and `products.csv` of a
 * shop, or `clicks.csv` of a large catalogue.
 *
 * @returns the customers, products and order lines of a shop, or the clicks of a catalogue, as users, items and ratings
 * @throws ArgumentError for a shape that cannot be made, or a folder that cannot be used
 */
export async function generateRatings(options: GenerationOptions): Promise<Shape> {
  const { out, seed = sampleSeed, onProgress, signal } = options;
  const progressOf = (total: number) => (written: number) => onProgress?.(written, total);
  const shop = parseShop(options.shape);
  if (shop !== null) {
    await writeShopFiles(new SyntheticShop(shop, seed), out, progressOf(shop.lines), signal);
    return { users: shop.customers, items: shop.products, ratings: shop.lines };
  }
  const catalogue = parseCatalogue(options.shape);
  if (catalogue !== null) {
    const generated = new SyntheticCatalogue(catalogue, seed);
    await writeCatalogueFiles(generated, out, progressOf(catalogue.clicks), signal);
    return { users: catalogue.users, items: catalogue.items, ratings: catalogue.clicks };
  }
  const shape = parseShape(options.shape);
  const ratings = new SyntheticRatings(shape, seed);
  await writeSyntheticFiles(ratings, out, progressOf(shape.ratings), signal);
  return shape;
}
