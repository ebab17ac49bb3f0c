/** Refreshes a home: appends what is new, trains, compares, activates and prunes. */

import { auto } from '../../config/models.js';
import type { GivenConfig } from '../../config/parse.js';
import type { ImportOptions } from '../../data/import.js';
import { openStore } from '../../data/store/open.js';
import { type HomeAt, placeAt } from '../../data/store/place.js';
import { MultvaeError, RunError } from '../../errors.js';
import { RunStore } from '../../runs/store.js';
import { type EngineOptions, engineOptions } from '../engine-options.js';
import { materialHash, readMaterial } from '../material.js';
import { keptRuns, withStore } from '../place/opened.js';
import { removeRun } from '../runs.js';
import type { ProtocolOptions } from '../split/protocol-options.js';
import {
  type ActivationChoice,
  type ActivationOptions,
  activateBy,
  policyOf,
} from '../training/activation.js';
import { type AutoWatcher, trainAuto } from '../training/auto.js';
import { pruneRuns } from '../training/pruning.js';
import {
  type FinishedTraining,
  type TrainingWatcher,
  trainRun,
  withoutCheckpoint,
} from '../training.js';
import { appendNew } from './appended-files.js';
import {
  type Base,
  configOf,
  dataHashOf,
  notCompared,
  protocolOf,
  type RefreshedModel,
} from './base.js';
import { isSame, type Judged, keepNight, listNights, type Night } from './night.js';
import { aloneWith } from './refresh-lock.js';

/** How a home is refreshed. */
export interface RefreshOptions
  extends RefreshedModel,
    EngineOptions,
    TrainingWatcher,
    AutoWatcher,
    Pick<ActivationOptions, 'activate'> {
  /** How the files are read. */
  readonly reading?: Omit<ImportOptions, 'replace' | 'append' | 'signal'>;
  /** When the new run goes live. Default: `if-better`. */
  readonly when?: ActivationChoice;
  /** How many runs to keep, besides the active one. Default: 7. */
  readonly keep?: number;
  /** Whether feedback counts among the clicks of training users. Default: as for the active run. */
  readonly withFeedback?: boolean;
  /** The words of the command, kept in the run's lineage. Default: none. */
  readonly command?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Runs that a refresh keeps. */
export const defaultKept = 7;

/**
 * Refreshes a home for a night: appends the files that were not appended before, trains a run that keeps the active
 * run's held-out users, compares the two, activates the new one as `when` says, and deletes old runs.
 *
 * The record of the night is kept in the home (`listNights`), also of one that fails or is killed. Where there is nothing
 * new since a run was trained, nothing is trained. After an error the active run is the one of before, and what was
 * appended stays.
 *
 * @param sources - ratings files, as `importSource` takes them; none trains on what came otherwise
 * @throws BusyError while another refresh runs
 * @throws as `importSource`, `trainRun`, `activateBy` and `pruneRuns`, or the signal's reason
 */
export async function refreshHome(
  home: HomeAt,
  sources: readonly string[],
  options: RefreshOptions = {},
): Promise<Night> {
  const store = await openStore(placeAt(home), { create: sources.length > 0 });
  await store.close();
  return aloneWith(home, () => new Refresh(home, options).run(sources));
}

class Refresh {
  readonly #home: HomeAt;
  readonly #options: RefreshOptions;
  readonly #startedAt = new Date().toISOString();
  #night: Night;
  #written: Promise<void> = Promise.resolve();

  constructor(home: HomeAt, options: RefreshOptions) {
    this.#home = home;
    this.#options = options;
    this.#night = {
      startedAt: this.#startedAt,
      endedAt: this.#startedAt,
      rows: 0,
      users: null,
      items: null,
      catalogue: null,
      run: null,
      base: null,
      // What remains of a process that is killed.
      outcome: 'failed',
      reason: 'the refresh is running, or was stopped before its end',
      comparison: null,
      dataHash: null,
      setting: null,
      pruned: 0,
    };
  }

  async run(sources: readonly string[]): Promise<Night> {
    await this.#clearUp();
    await this.#note({});
    try {
      await this.#work(sources);
    } catch (thrown) {
      await this.#discard();
      const error = withoutCheckpoint(thrown);
      await this.#note({ outcome: 'failed', reason: (error as Error).message }).catch(
        () => undefined,
      );
      throw error;
    }
    return this.#night;
  }

  async #work(sources: readonly string[]): Promise<void> {
    const { signal, reading, keep = defaultKept } = this.#options;
    const base = await this.#base();
    // Refused before anything is appended.
    const config = configOf(this.#options, base);
    const importing = { ...reading, ...(signal && { signal }) };
    const { rows, catalogue, known } = await appendNew(this.#home, sources, importing);
    for (const source of known) this.#options.onRemark?.(`${source} was appended before`);
    const dataset = await withStore(this.#home, (store) => store.dataset());
    await this.#note({
      rows,
      catalogue,
      users: dataset?.users ?? null,
      items: dataset?.items ?? null,
      base: base?.id ?? null,
    });
    const protocol = protocolOf(base);
    const withFeedback = this.#options.withFeedback ?? base?.described.lineage.feedback != null;
    const dataHash = materialHash(await readMaterial(this.#home, { ...protocol, withFeedback }));
    const setting = config === null ? auto : JSON.stringify(config);
    const judged = await this.#trainedOn({ dataHash, setting }, base);
    if (judged !== null) {
      const reason =
        catalogue === null
          ? `nothing is new since ${judged} was trained`
          : `no click is new since ${judged} was trained`;
      return this.#note({ outcome: 'nothing new', reason });
    }
    const { runId } = await this.#train(config, { protocol, withFeedback });
    const {
      activated,
      reason: why,
      comparison,
    } = await activateBy(this.#home, runId, policyOf(this.#options.when ?? 'if-better'), {
      ...engineOptions(this.#options),
      ...(this.#options.activate && { activate: this.#options.activate }),
    });
    const outcome = activated ? 'activated' : 'kept';
    const reason = [notCompared(base), why].filter((text) => text !== null).join(' ');
    await this.#note({ run: runId, outcome, reason, comparison, dataHash, setting });
    try {
      const { runs } = await pruneRuns(this.#home, keep);
      await this.#note({ pruned: runs.length });
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      // The night has done its work; the next one deletes again.
      await this.#note({ reason: `${reason} Old runs were not deleted: ${error.message}` });
    }
  }

  /** Deletes what a refresh left that was killed in its training. */
  async #clearUp(): Promise<void> {
    const [last] = await listNights(this.#home, 1);
    if (last?.outcome === 'failed' && last.run !== null) await this.#removePending(last.run);
  }

  /** Deletes the training that failed: it would fail again. */
  async #discard(): Promise<void> {
    if (this.#night.run !== null) await this.#removePending(this.#night.run).catch(() => undefined);
  }

  async #removePending(run: string): Promise<void> {
    const local = new RunStore(placeAt(this.#home).folder);
    if (local.pending().includes(run) && local.trainer(run) === null) {
      await removeRun(this.#home, run);
    }
  }

  /** The active run; null where there is none that can be read. */
  async #base(): Promise<Base | null> {
    return withStore(this.#home, async (store) => {
      const { runs } = keptRuns(store.place, store);
      const id = await runs.active();
      if (id === null) return null;
      try {
        const described = await runs.describe(id);
        // Its users are read now, so that a damaged file is noticed before the training.
        await runs.users(id);
        const isOfTheseData = await store.descendsFrom(described.lineage.dataHash);
        return { id, described, isOfTheseData };
      } catch (error) {
        if (!(error instanceof RunError)) throw error;
        this.#options.onRemark?.(`the active run is not gone on from: ${error.message}`);
        return null;
      }
    });
  }

  /** The run of these data and this setting: the active one, or one that a night before judged; null for none. */
  async #trainedOn(wanted: Judged, base: Base | null): Promise<string | null> {
    // A run that holds out clicks was not trained on all that happened.
    if (base !== null && notCompared(base) === null) {
      const setting = JSON.stringify(base.described.config);
      if (isSame({ dataHash: dataHashOf(base.described), setting }, wanted)) return base.id;
    }
    return (await listNights(this.#home)).find((night) => isSame(night, wanted))?.run ?? null;
  }

  #train(
    config: GivenConfig | null,
    data: { readonly protocol: ProtocolOptions; readonly withFeedback: boolean },
  ): Promise<FinishedTraining> {
    const { command, signal, maxDurationS, onStart, onAutoStart } = this.#options;
    const begun = (run: string) => void this.#note({ run }).catch(() => undefined);
    const training = {
      ...this.#options,
      ...data,
      home: this.#home,
      ...(command && { command }),
      ...(signal && { signal }),
    };
    if (config !== null) {
      return trainRun({
        ...training,
        config,
        onStart: (start) => {
          begun(start.runId);
          onStart?.(start);
        },
      });
    }
    const seed = this.#options.parameters?.seed;
    return trainAuto({
      ...training,
      ...(maxDurationS !== undefined && { maxDurationS }),
      ...(typeof seed === 'number' && { seed }),
      onAutoStart: (start) => {
        begun(start.runId);
        onAutoStart?.(start);
      },
    });
  }

  /** Keeps what is known of the night, one write after the other. */
  #note(found: Partial<Night>): Promise<void> {
    this.#night = { ...this.#night, ...found, endedAt: new Date().toISOString() };
    const night = this.#night;
    const written = this.#written.then(() => keepNight(this.#home, night));
    this.#written = written.catch(() => undefined);
    return written;
  }
}
