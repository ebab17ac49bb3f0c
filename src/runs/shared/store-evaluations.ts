/** The measurements, report pages and maps of runs in a store that several machines share. */
import type { SharedRuns } from '../../data/store/shared-runs.js';
import {
  decodeMap,
  decodeMeasurement,
  encodeMeasurement,
  mapName,
  type StoredMap,
  type StoredMeasurement,
} from '../evaluations.js';
import { checkRunId } from '../run-id.js';
import type { Evaluations } from './runs.js';

/** The name of the document that is a run's report page. */
export const pageName = 'report.html';

/** As `EvaluationStore`, in a shared store. */
export class StoreEvaluations implements Evaluations {
  readonly #shared: SharedRuns;

  constructor(shared: SharedRuns) {
    this.#shared = shared;
  }

  get folder(): string {
    return this.#shared.place;
  }

  async keep(run: string, split: string, report: unknown): Promise<void> {
    await this.#keep(run, `${split}.json`, encodeMeasurement(report));
  }

  async keepPage(run: string, page: string): Promise<void> {
    await this.#keep(run, pageName, page);
  }

  async keepMap(run: string, map: StoredMap): Promise<void> {
    await this.#keep(run, mapName, JSON.stringify(map));
  }

  async map(run: string): Promise<StoredMap | null> {
    const text = await this.#read(run, mapName);
    return text === null ? null : decodeMap(text, `${run}/${mapName} in ${this.#shared.place}`);
  }

  async measurement(run: string, split: string): Promise<StoredMeasurement | null> {
    const name = `${split}.json`;
    const text = await this.#read(run, name);
    return text === null
      ? null
      : decodeMeasurement(text, `${run}/${name} in ${this.#shared.place}`);
  }

  page(run: string): Promise<string | null> {
    return this.#read(run, pageName);
  }

  async remove(run: string): Promise<void> {
    checkRunId(run);
    await this.#shared.removeDocuments(run);
  }

  async #keep(run: string, name: string, contents: string): Promise<void> {
    checkRunId(run);
    await this.#shared.keepDocument({ run, name }, contents);
  }

  async #read(run: string, name: string): Promise<string | null> {
    checkRunId(run);
    return this.#shared.document({ run, name });
  }
}
