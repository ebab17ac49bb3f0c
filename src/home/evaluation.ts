/** Measures a run of a home on the run's own held-out users. */

import { openEngine } from '../backend/select.js';
import { protocolName } from '../config/protocol.js';
import { neutralWords, type Words } from '../config/words.js';
import type { HomeAt } from '../data/store/place.js';
import { StorageError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { checkCutoffs } from '../eval/metrics.js';
import { newcomersOf, newcomersText } from '../eval/newcomers.js';
import {
  type EvaluationReport,
  evaluationReport,
  type SplitName,
  splitNames,
  type UserLine,
  userLines,
} from '../eval/report.js';
import { costSentence, costTable } from '../eval/rules/rules-cost-text.js';
import { evaluateShort, shortMetrics } from '../eval/short-profiles.js';
import { lengthText } from '../eval/study-tables.js';
import { explainedVerdict, pairedResult } from '../eval/verdict.js';
import { loadRecommender } from '../model/inference/load.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { otherDataRemark, type TrainedRun } from '../serving/swap/other-data.js';
import { homeWords } from '../serving/words/home-words.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import { withRuns, withStoreOf } from './place/opened.js';
import { costOfRules, rulesInForce } from './serving/rules-in-force.js';
import { type Ranks, requireSameArithmetic } from './training/distributed.js';

/** What can be measured, the defaults, the check of the cutoffs, and how some of it is told. */
export const measuring = {
  splits: splitNames,
  split: 'test',
  /** Default cutoffs of the metrics. */
  ks: [20, 50, 100],
  /** Default seed of the intervals. */
  seed: 1,
  checkCutoffs,
  shortMetrics,
  lengthText,
  costSentence,
  costTable,
  newcomersText,
} as const;

/** Which users to measure on, and how. */
export interface MeasuringOptions extends EngineOptions {
  /** The held-out users. Default: test. */
  readonly split?: SplitName;
  /** Cutoffs of the metrics. Default: 20, 50 and 100. */
  readonly ks?: readonly number[];
  /** Whether to measure what the shop's rules cost, where some are in force. Default: on. */
  readonly rules?: 'on' | 'off';
  /** Told what a reader of the figures should know, such as changed data. Default: nobody is told. */
  readonly onRemark?: (text: string) => void;
  /** The processes over which the items are divided; the run has this one's weights. Default: one has all. */
  readonly ranks?: Ranks | undefined;
}

/** A run, measured beside popularity. */
export interface RunEvaluation {
  readonly report: EvaluationReport;
  /** Every user under every model, computed as it is read. */
  perUser(): Iterable<UserLine>;
}

/**
 * Measures a run on its own split, beside popularity from its own training clicks. The report is kept in
 * `<home>/evaluations/RUN-SPLIT.json` where that can be written.
 *
 * @param folder - the home; a remark is made when its data are no longer those that the run was trained on
 */
export async function evaluateRun(
  home: HomeAt,
  run: StoredRun,
  options: MeasuringOptions = {},
): Promise<RunEvaluation> {
  const { split = measuring.split, ks = measuring.ks, onRemark = () => undefined } = options;
  await remarkOtherData(home, [run], onRemark);
  const { usersBelow = 0 } = run.lineage;
  if (usersBelow > 0) {
    const { minClicks } = run.protocol;
    onRemark(
      `${usersBelow} users with fewer than ${minClicks} clicks took no part in the training, and no figure counts them (\`multvae train --min-clicks\`)`,
    );
  }
  const { ranks } = options;
  const open = async () => {
    const engine = await openEngine(options.backend, engineOptions(options));
    if (ranks) requireSameArithmetic(ranks, engine, options.threads);
    return engine;
  };
  const recommender = await loadRecommender(run, open, { collective: ranks?.collective });
  const popularity = new Popularity(run.vocabulary.trainClicks);
  try {
    const users = run.split[split];
    const measure = async (model: Recommender) => ({
      evaluation: await evaluate(model, users, ks),
      short: await evaluateShort(model, users),
    });
    const measured = [
      { model: recommender.model, run: run.id, ...(await measure(recommender)) },
      { model: popularity.model, run: null, ...(await measure(popularity)) },
    ] as const;
    const rules = options.rules === 'off' ? null : await rulesInForce(home, run, onRemark);
    const cost =
      rules &&
      (await costOfRules(recommender.model, recommender, {
        rules,
        users,
        ks,
        plain: measured[0].evaluation,
        seed: measuring.seed,
      }));
    const paired = pairedResult(measured[0].evaluation, measured[1].evaluation);
    const isBaseline = recommender.model === popularity.model;
    const words = await wordsOf(home, onRemark);
    const report = {
      ...evaluationReport(
        { split, protocol: protocolName(run.protocol), newcomers: newcomersOf(users) },
        measured,
      ),
      ...(!isBaseline && {
        paired,
        verdict: explainedVerdict(paired, { second: popularity.model, words }),
      }),
      ...(cost && { rules: cost }),
    };
    try {
      const isFirst = (ranks?.collective.rank ?? 0) === 0;
      if (isFirst) {
        await withRuns(home, ({ evaluations }) => evaluations.keep(run.id, split, report));
      }
    } catch (error) {
      // A home that can only be read, such as a mounted one, still gives the figures.
      if (!(error instanceof StorageError)) throw error;
      onRemark(`the report is not kept: ${error.message}`);
    }
    return { report, perUser: () => userLines(measured) };
  } finally {
    recommender.dispose();
  }
}

/**
 * What the home calls its users and their events; neutral words where it has no store.
 *
 * @param onRemark - told why the words are not known
 */
export async function wordsOf(home: HomeAt, onRemark: (text: string) => void): Promise<Words> {
  const unknown = 'what the home calls its users is not known';
  const words = await withStoreOf(home, { unknown, onRemark }, async (store) => homeWords(store));
  return words ?? neutralWords;
}

/**
 * Remarks on each run that was trained on other data than the home holds.
 *
 * @param onRemark - called without a run when that cannot be found out
 */
export async function remarkOtherData(
  home: HomeAt,
  runs: readonly TrainedRun[],
  onRemark: (text: string, run?: TrainedRun) => void,
): Promise<void> {
  const unknown = 'whether the home holds the data of the run is not known';
  await withStoreOf(home, { unknown, onRemark }, async (store) => {
    for (const run of runs) {
      const remark = await otherDataRemark(run, store);
      if (remark !== null) onRemark(remark, run);
    }
  });
}
