/** Stores the metrics, report pages and maps of items of runs. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../data/home.js';
import { replaceFile, unwritable } from '../storage/durable-files.js';
import { decodeJson } from './json-lines.js';
import { checkRunId } from './run-id.js';

const measuredModels = z.array(
  z.object({
    model: z.string(),
    run: z.string().nullable(),
    metrics: z.record(
      z.string(),
      z.object({ mean: z.number().nullable(), se: z.number().nullable() }),
    ),
  }),
);

const pairedMetric = z.object({
  metric: z.templateLiteral([z.enum(['ndcg', 'hit']), '@', z.int()]),
  first: z.number(),
  second: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  ahead: z.int(),
  behind: z.int(),
  p: z.number(),
});

/** How two models differ on the same users; `PairedResult` of the evaluation. */
export const pairedSchema = z.object({ users: z.int(), hits: pairedMetric, ranking: pairedMetric });

const measurementSchema = z.object({
  split: z.string(),
  users: z.number(),
  leftOut: z.number(),
  /** Users and items that the training did not know. Absent where there are none. */
  newcomers: z
    .object({
      users: z.int(),
      ofUsers: z.int(),
      items: z.int(),
      clicks: z.int(),
      ofClicks: z.int(),
    })
    .optional(),
  models: measuredModels,
  /** The first model beside the second one. Absent in files of versions up to 0.1.0, and of a run of the baseline. */
  paired: pairedSchema.optional(),
  /** Absent in files of versions that did not measure short profiles. */
  shortProfiles: z
    .array(
      z.object({
        clicks: z.number(),
        users: z.number(),
        leftOut: z.number(),
        models: measuredModels,
      }),
    )
    .optional(),
});

/** The stored metrics of a run on its validation or test users, and of the models measured with it; null for NaN. */
export type StoredMeasurement = z.output<typeof measurementSchema>;

/**
 * Reads what `keep` wrote.
 *
 * @param source - where it is kept, for messages
 * @throws RunError when the text is damaged
 */
export function decodeMeasurement(text: string, source: string): StoredMeasurement {
  return decodeJson(text, source, measurementSchema);
}

const mapSchema = z
  .object({
    /** Of this layout. */
    format: z.literal(1),
    x: z.array(z.number()),
    y: z.array(z.number()),
  })
  .refine(({ x, y }) => x.length === y.length, 'x and y have different lengths');

/** Where the items of a run are on its map, the most clicked first, ties by index. */
export type StoredMap = z.output<typeof mapSchema>;

/** The name of the document that is a run's map of items. */
export const mapName = 'map.json';

/**
 * Reads what `keepMap` wrote.
 *
 * @param source - where it is kept, for messages
 * @throws RunError when the text is damaged
 */
export function decodeMap(text: string, source: string): StoredMap {
  return decodeJson(text, source, mapSchema);
}

/** A report of `multvae evaluate` as it is kept. */
export function encodeMeasurement(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** How the names of all files about a run end. */
const endings = ['-validation.json', '-test.json', `-${mapName}`, '.html'];

/** The measurements of a home's runs, in `<home>/evaluations/`. */
export class EvaluationStore {
  readonly folder: string;

  constructor(home: string) {
    this.folder = join(home, 'evaluations');
  }

  /**
   * Stores the report of `multvae evaluate`.
   *
   * @throws StorageError when it cannot be written
   */
  keep(run: string, split: string, report: unknown): void {
    this.#write(run, `-${split}.json`, encodeMeasurement(report));
  }

  /**
   * Stores the page of `multvae report`.
   *
   * @throws StorageError when it cannot be written
   */
  keepPage(run: string, page: string): void {
    this.#write(run, '.html', page);
  }

  /**
   * Stores the map of a run's items.
   *
   * @throws StorageError when it cannot be written
   */
  keepMap(run: string, map: StoredMap): void {
    this.#write(run, `-${mapName}`, JSON.stringify(map));
  }

  /**
   * The map of a run's items; null where there is none.
   *
   * @throws RunError when the file is damaged
   */
  map(run: string): StoredMap | null {
    const text = this.#read(run, `-${mapName}`);
    return text === null ? null : decodeMap(text, this.#path(run, `-${mapName}`));
  }

  /**
   * The last measurement on a set of held-out users; null where there is none.
   *
   * @throws RunError when the file is damaged
   */
  measurement(run: string, split: string): StoredMeasurement | null {
    const name = `-${split}.json`;
    const text = this.#read(run, name);
    return text === null ? null : decodeMeasurement(text, this.#path(run, name));
  }

  /** The report page of a run; null where there is none. */
  page(run: string): string | null {
    return this.#read(run, '.html');
  }

  /**
   * Deletes the measurements, the report page and the map of a run; there may be none.
   *
   * @throws StorageError when one cannot be deleted
   */
  remove(run: string): void {
    for (const ending of endings) {
      const path = this.#path(run, ending);
      try {
        rmSync(path, { force: true });
      } catch (error) {
        throw unwritable(path, error);
      }
    }
  }

  #path(run: string, ending: string): string {
    checkRunId(run);
    return join(this.folder, `${run}${ending}`);
  }

  #write(run: string, ending: string, text: string): void {
    const path = this.#path(run, ending);
    try {
      makeFolder(this.folder);
      replaceFile(path, text);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  #read(run: string, ending: string): string | null {
    try {
      return readFileSync(this.#path(run, ending), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }
}
