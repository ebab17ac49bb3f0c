/** Lists published runs, with what is wrong with them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { protocolName } from '../config/protocol.js';
import { RunError } from '../errors.js';
import { isMissing } from './checked-files.js';
import type { RunSummary } from './format.js';
import type { RunDescription } from './run-files.js';
import { inspectRunFolder, runFolderStamp } from './run-folder.js';
import { isRunId, newestFirst } from './run-id.js';

type Inspected = Omit<RunSummary, 'active'>;

/** What was found of each run, kept until a file of the run changes on disk. */
export class RunList {
  readonly #folder: string;
  readonly #known = new Map<string, { readonly stamp: string; readonly found: Inspected }>();

  /** @param folder - the folder of all runs */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The names in the folder; none where there is no folder. @throws RunError when it cannot be read */
  names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new RunError(`${this.#folder} cannot be read: ${(error as Error).message}`);
    }
  }

  /** The published runs, newest first. */
  summaries(active: string | null): RunSummary[] {
    const ids = this.names().filter(isRunId).sort(newestFirst);
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
    return ids.flatMap((id) => {
      const found = this.#inspected(id);
      return found === null ? [] : [{ ...found, active: id === active }];
    });
  }

  #inspected(id: string): Inspected | null {
    const folder = join(this.#folder, id);
    const stamp = runFolderStamp(folder);
    if (stamp === null) return null;
    const known = this.#known.get(id);
    if (known?.stamp === stamp) return known.found;
    const found = inspect(folder, id);
    this.#known.set(id, { stamp, found });
    return found;
  }
}

function inspect(folder: string, id: string): Inspected {
  try {
    return summaryOf(inspectRunFolder(folder, id));
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return unusableSummary(id, error.message);
  }
}

/** The summary of a run that was found good. */
export function summaryOf({ id, config, protocol, lineage, metrics }: RunDescription): Inspected {
  const { dataName, dataHash, createdAt } = lineage;
  return {
    id,
    problem: null,
    model: config.model,
    dataName,
    dataHash,
    protocolName: protocolName(protocol),
    createdAt,
    metrics,
  };
}

/** The summary of a run that cannot be used. */
export function unusableSummary(id: string, problem: string): Inspected {
  const unknown = {
    model: null,
    dataName: null,
    dataHash: null,
    protocolName: null,
    createdAt: null,
    metrics: null,
  };
  return { id, problem, ...unknown };
}
