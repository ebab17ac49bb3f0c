/** Lists the runs of a home, with their metrics and problems. */

import { resolve } from 'node:path';
import { protocolName } from '../config/protocol.js';
import { noLabel, type RunLabel, type RunLabelChange } from '../config/run-labels.js';
import { RunError } from '../errors.js';
import type { StoredMeasurement } from '../runs/evaluations.js';
import type { EpochRecord, Lineage } from '../runs/format.js';
import type { DescribedRun } from '../runs/run-files.js';
import type { Evaluations, Runs } from '../runs/shared/runs.js';
import { commandWithoutHome, withoutHome } from './home-paths.js';
import { changeLabel, type LabelSource, readLabel, readLabels } from './settings/run-labels.js';
import { type DataOrigin, otherDataRemark, type TrainedRun } from './swap/other-data.js';

/** A run in a list; fields that could not be read are null. */
export interface ListedRun extends RunLabel {
  /** The run's id. */
  readonly run: string;
  readonly active: boolean;
  /** Why the run cannot be used; null for a good run. */
  readonly problem: string | null;
  /** What to know of a good run: that it was trained on other data than the home holds. Null for nothing. */
  readonly remark: string | null;
  readonly model: string | null;
  /** ISO 8601. */
  readonly createdAt: string | null;
  readonly dataName: string | null;
  /** What its figures are of: `users`, `time`, `leave-last`, `per-user` or `files`. */
  readonly protocolName: string | null;
  /** Means over validation users, by names such as `ndcg@100`. */
  readonly metrics: Readonly<Record<string, number>> | null;
  /** I */
  readonly items: number | null;
  /** Training users; null for a run that does not record them. */
  readonly users: number | null;
  readonly backend: string | null;
  /** Seconds of training. */
  readonly durationS: number | null;
}

/** A run without its weights, vocabulary and split. */
export interface RunDetail extends ListedRun {
  readonly config: DescribedRun['config'];
  readonly protocol: DescribedRun['protocol'];
  readonly lineage: Lineage;
  readonly log: readonly EpochRecord[];
  /** The last results of `multvae evaluate`. */
  readonly evaluation: {
    readonly validation: StoredMeasurement | null;
    readonly test: StoredMeasurement | null;
  };
}

/** The runs of a home as HTTP shows them. Each is read once, and again when its files have changed on disk. */
export class RunCatalogue {
  readonly #runs: Pick<Runs, 'list' | 'describe' | 'stamp' | 'requirePublished'>;
  readonly #evaluations: Pick<Evaluations, 'measurement' | 'page'>;
  readonly #store: DataOrigin & LabelSource;
  readonly #home: string;
  readonly #described = new Map<string, { readonly stamp: string; readonly run: DescribedRun }>();

  /** @param home - the home folder; messages leave out its place */
  constructor(
    store: DataOrigin & LabelSource,
    runs: Pick<Runs, 'list' | 'describe' | 'stamp' | 'requirePublished'>,
    evaluations: Pick<Evaluations, 'measurement' | 'page'>,
    home: string,
  ) {
    this.#store = store;
    this.#home = home;
    this.#runs = runs;
    this.#evaluations = evaluations;
  }

  /**
   * Every published run, newest first.
   *
   * @param active - the run that is served
   */
  async list(active: string | null): Promise<ListedRun[]> {
    const [runs, labels] = await Promise.all([this.#runs.list(), readLabels(this.#store)]);
    return Promise.all(
      runs.map(async ({ id, problem }) => {
        const label = labels.get(id) ?? noLabel;
        try {
          if (problem !== null) throw new RunError(problem);
          return { ...(await this.#listed(await this.#describe(id), active)), ...label };
        } catch (error) {
          if (!(error instanceof RunError)) throw error;
          return { ...unusable(id, active, withoutHome(error.message, this.#home)), ...label };
        }
      }),
    );
  }

  /**
   * One run.
   *
   * @throws UnknownRunError when there is none, RunError when a file of it is damaged
   */
  async detail(id: string, active: string | null): Promise<RunDetail> {
    const run = await this.#describe(id);
    const { config, protocol, lineage, log } = run;
    const evaluation = {
      validation: await this.#evaluations.measurement(id, 'validation'),
      test: await this.#evaluations.measurement(id, 'test'),
    };
    const command = commandWithoutHome(lineage.command, this.#home);
    return {
      ...(await this.#listed(run, active)),
      ...(await readLabel(this.#store, id)),
      config,
      protocol,
      lineage: { ...lineage, command },
      log,
      evaluation,
    };
  }

  /**
   * A run's report from `multvae report`; null if there is none.
   *
   * @throws UnknownRunError when there is no such run
   */
  async page(id: string): Promise<string | null> {
    const { id: run } = await this.#describe(id);
    const page = await this.#evaluations.page(run);
    return page === null ? null : withoutHome(page, resolve(this.#home));
  }

  /** @throws UnknownRunError when there is no such run, RunError when it cannot be used */
  async require(id: string): Promise<void> {
    await this.#describe(id);
  }

  /**
   * Gives a run a name or a note for people. Its id stays.
   *
   * @throws ArgumentError for a wrong name or note, UnknownRunError when there is no such run
   */
  async label(id: string, change: RunLabelChange): Promise<RunLabel> {
    await this.#runs.requirePublished(id);
    return changeLabel(this.#store, id, change);
  }

  /** The sentence about a run of other data than the home holds; null for nothing. */
  remark(run: TrainedRun): Promise<string | null> {
    return otherDataRemark(run, this.#store);
  }

  async #listed(run: DescribedRun, active: string | null): Promise<UnlabelledRun> {
    return { ...listed(run, active), remark: await this.remark(run) };
  }

  async #describe(id: string): Promise<DescribedRun> {
    const stamp = await this.#runs.stamp(id);
    const known = this.#described.get(id);
    if (known?.stamp === stamp) return known.run;
    const run = await this.#runs.describe(id);
    this.#described.set(id, { stamp, run });
    return run;
  }
}

type UnlabelledRun = Omit<ListedRun, keyof RunLabel>;

function listed(run: DescribedRun, active: string | null): Omit<UnlabelledRun, 'remark'> {
  const { createdAt, dataName, backend, durationS, trainingUsers } = run.lineage;
  return {
    run: run.id,
    active: run.id === active,
    problem: null,
    model: run.config.model,
    createdAt,
    dataName,
    protocolName: protocolName(run.protocol),
    metrics: run.metrics,
    items: run.items,
    users: trainingUsers ?? null,
    backend,
    durationS,
  };
}

function unusable(run: string, active: string | null, problem: string): UnlabelledRun {
  return {
    run,
    active: run === active,
    problem,
    remark: null,
    model: null,
    createdAt: null,
    dataName: null,
    protocolName: null,
    metrics: null,
    items: null,
    users: null,
    backend: null,
    durationS: null,
  };
}
