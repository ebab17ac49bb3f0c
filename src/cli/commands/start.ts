/** `multvae start`: the one command for the first minute. */

import { Command } from 'commander';
import { serveWithWorkers } from '../../api/workers.js';
import { prepareHome } from '../../home/preparation.js';
import { addEngineOptions, type EngineFlags } from '../arguments.js';
import { evaluationSummary } from '../display/evaluation.js';
import { followTraining } from '../display/training.js';
import { gateOf } from '../gate.js';
import { commandWords } from '../secrets.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, placeOf, print, storeOption } from '../terminal.js';
import { addServingOptions, type ServingFlags } from './serve.js';

interface StartFlags extends ServingFlags, EngineFlags {
  readonly home: string;
  readonly store?: string;
}

/** `multvae start`: does what is missing for serving, then serves. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'import the sample if the home is empty, train if no run is active, evaluate, and serve',
    )
    .addOption(homeOption())
    .addOption(storeOption());
  return addServingOptions(addEngineOptions(command)).action(async (flags: StartFlags) => {
    await untilSignal(async (signal) => {
      const gate = gateOf(flags);
      await followTraining(placeOf(flags), ({ watcher, stop }) =>
        prepareHome(placeOf(flags), {
          ...flags,
          ...watcher,
          command: commandWords(),
          signal,
          onRemark: note,
          onTrained: stop,
          onEvaluation: (report) => print(evaluationSummary(report)),
        }),
      );
      process.exitCode = await serveWithWorkers({
        ...flags,
        home: placeOf(flags),
        gate,
        signal,
        onReady: (lines) => lines.forEach(print),
        onRemark: note,
      });
    });
  });
}
