/** `multvae start`: the one command for the first minute. */

import { Command } from 'commander';
import { serveWithWorkers } from '../../api/workers.js';
import { prepareHome } from '../../home/preparation.js';
import { addEngineOptions, type EngineFlags } from '../arguments.js';
import { evaluationTable } from '../display/evaluation.js';
import { followTraining } from '../display/training.js';
import { gateOf } from '../gate.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, print } from '../terminal.js';
import { addServingOptions, type ServingFlags } from './serve.js';

interface StartFlags extends ServingFlags, EngineFlags {
  readonly home: string;
}

/** `multvae start`: does what is missing for serving, then serves. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'import the sample if the home is empty, train if no run is active, evaluate, and serve',
    )
    .addOption(homeOption());
  return addServingOptions(addEngineOptions(command)).action(async (flags: StartFlags) => {
    await untilSignal(async (signal) => {
      const gate = gateOf(flags);
      await followTraining(flags.home, ({ watcher, stop }) =>
        prepareHome(flags.home, {
          ...flags,
          ...watcher,
          command: process.argv.slice(2),
          signal,
          onRemark: note,
          onTrained: stop,
          onEvaluation: (report) => print(evaluationTable(report)),
        }),
      );
      process.exitCode = await serveWithWorkers({
        ...flags,
        gate,
        signal,
        onReady: (lines) => lines.forEach(print),
        onRemark: note,
      });
    });
  });
}
