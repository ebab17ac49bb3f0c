/** Runs `auto` and shows it on stderr: a bar for each training on a terminal, and the table that it chose by. */

import { Interrupted } from '../../errors.js';
import type { Estimate } from '../../eval/evaluate.js';
import { backends } from '../../home/engine-options.js';
import type { ProtocolOptions } from '../../home/split/protocol-options.js';
import { type AutoStart, type AutoWatcher, trainAuto } from '../../home/training/auto.js';
import type { AutoSearch, AutoTrial } from '../../home/training/auto-table.js';
import type { FinishedTraining } from '../../home/training.js';
import { describeClicks, describeLeftOut, describeProtocol } from '../protocol.js';
import { commandWords } from '../secrets.js';
import { untilSignal } from '../signals.js';
import { note, noteLines, type Progress, placeOf, startProgress, table } from '../terminal.js';
import { duration } from './training.js';

/** The flags of `train` that go with `auto`. */
export interface AutoFlags extends ProtocolOptions {
  readonly home: string;
  readonly store?: string;
  readonly seed?: number;
  readonly backend?: string;
  readonly threads?: number;
  readonly withFeedback: boolean;
  readonly time?: number;
}

/** Trains by `auto`. @throws Interrupted, which says that nothing is kept, and as `trainAuto` */
export async function followAuto(flags: AutoFlags): Promise<FinishedTraining> {
  const { seed, backend, threads, withFeedback, time } = flags;
  const { watcher, stop } = showAuto();
  let finished: FinishedTraining;
  try {
    finished = await untilSignal((signal) =>
      trainAuto({
        ...watcher,
        home: placeOf(flags),
        protocol: flags,
        withFeedback,
        command: commandWords(),
        signal,
        ...(seed !== undefined && { seed }),
        ...(threads !== undefined && { threads }),
        ...(backend !== undefined && { backend: backends.parse(backend) }),
        ...(time !== undefined && { maxDurationS: time }),
      }),
    );
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      error.signal,
      `${error.message}; nothing of this search is kept. The same command begins again; \`--time 2m\` makes it shorter.`,
    );
  } finally {
    stop();
  }
  noteLines(autoTable(finished.search!));
  if (finished.search!.isCut) {
    note(
      'the time limit ended the search, so the same command may give another run; a longer --time lets it end by itself',
    );
  }
  return finished;
}

function showAuto(): { watcher: AutoWatcher; stop: () => void } {
  let progress: Progress | null = null;
  let label = '';
  const stop = () => {
    progress?.stop();
    progress = null;
  };
  const watcher: AutoWatcher = {
    onAutoStart: noteStart,
    onTrial: (model) => {
      label = model;
    },
    onStep: (step) => {
      progress ??= startProgress(label, step.plannedUpdates, 'updates');
      progress.update(step.updates, `epoch ${step.epoch}, loss ${step.loss.toFixed(2)}`);
    },
    onTrialResult: (trial) => {
      stop();
      note(trialLine(trial));
    },
    onRemark: note,
  };
  return { watcher, stop };
}

function noteStart(start: AutoStart): void {
  const { runId, dataName, trainingUsers, validationUsers, items, engine, maxDurationS } = start;
  note(
    `${runId}: trying several models on ${dataName} for at most ${duration(maxDurationS)} (--time); ${trainingUsers} training users, ${validationUsers} validation users, ${items} items, on ${engine.name} (${engine.version})`,
  );
  const { batchSize, patience } = start.pace;
  note(
    `networks train with batchSize ${batchSize} and patience ${patience}, which follow the ${trainingUsers} training users`,
  );
  note(describeProtocol(start.protocol));
  note(describeClicks(start.protocol, start));
  if (start.leftOut) describeLeftOut(start.leftOut, start.protocol).forEach(note);
}

function trialLine({ model, setting, scores, failure, durationS, isCut }: AutoTrial): string {
  const outcome = scores === null ? `nothing: ${failure}` : `${cell(scores.objective)}`;
  const cut = isCut && scores !== null ? ', cut by the time limit' : '';
  return `${model}${setting === '' ? '' : ` (${setting})`}: ${outcome} after ${duration(durationS)}${cut}`;
}

/** The trials of `auto` with their validation NDCG@100; the chosen one is marked. */
export function autoTable({ trials }: AutoSearch): string {
  const rows = trials.map(({ model, setting, scores, failure, durationS, isCut, isChosen }) => [
    isChosen ? '*' : '',
    model,
    setting,
    scores === null ? '' : scores.whole.mean.toFixed(4),
    scores?.short ? scores.short.mean.toFixed(4) : '',
    scores === null ? failure! : `${cell(scores.objective)}${isCut ? ' (cut)' : ''}`,
    durationS.toFixed(1),
  ]);
  return `${table(['', 'model', 'setting', 'whole', 'short', 'objective', 'seconds'], rows)}
NDCG@100 on validation users: with whole fold-ins, with 1, 2, 3 and 5 clicks, and the mean of both; * is the run`;
}

function cell({ mean, se }: Estimate): string {
  return `${mean.toFixed(4)} ± ${se.toFixed(4)}`;
}
