#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { Interrupted, MultvaeError } from '../errors.js';
import { packageVersion } from '../version.js';
import { activateCommand } from './commands/activate.js';
import { anomaliesCommand } from './commands/anomalies.js';
import { compareCommand } from './commands/compare.js';
import { datasetsCommand } from './commands/datasets.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { fetchCommand } from './commands/fetch.js';
import { generateCommand } from './commands/generate.js';
import { importCommand } from './commands/import.js';
import { recommendCommand } from './commands/recommend.js';
import { removeCommand } from './commands/remove.js';
import { reportCommand } from './commands/report.js';
import { rollbackCommand } from './commands/rollback.js';
import { runsCommand } from './commands/runs.js';
import { sampleCommand } from './commands/sample.js';
import { serveCommand } from './commands/serve.js';
import { splitCommand } from './commands/split.js';
import { startCommand } from './commands/start.js';
import { trainCommand } from './commands/train.js';
import { tuneCommand } from './commands/tune.js';
import { note } from './terminal.js';

/** In the order in which a user meets them. */
const commands = [
  startCommand,
  datasetsCommand,
  fetchCommand,
  importCommand,
  generateCommand,
  splitCommand,
  trainCommand,
  tuneCommand,
  evaluateCommand,
  compareCommand,
  reportCommand,
  recommendCommand,
  serveCommand,
  anomaliesCommand,
  sampleCommand,
  runsCommand,
  activateCommand,
  rollbackCommand,
  removeCommand,
  doctorCommand,
];

const exitCodes = `
Exit codes: 0 done; 1 a fault of ours; 2 a bad argument or bad data; 3 state that is missing, damaged
or taken; 130 stopped by Ctrl-C; 143 stopped by SIGTERM.
Results go to stdout, progress and remarks to stderr.`;

function program(): Command {
  const multvae = new Command('multvae')
    .description('Collaborative filtering with variational autoencoders')
    .version(packageVersion)
    .addHelpText('after', exitCodes)
    .showHelpAfterError('(multvae --help, or multvae COMMAND --help, lists what there is)')
    .exitOverride();
  for (const command of commands) multvae.addCommand(command().copyInheritedSettings(multvae));
  return multvae;
}

/** Ends the process with the documented code; a stack trace only for a fault of ours. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof MultvaeError || error instanceof Interrupted) {
    note(`multvae: ${error.message}`);
    return error.exitCode;
  }
  note(`multvae: this is a fault of multvae, please report it: ${(error as Error).stack ?? error}`);
  return 1;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as `head`, is no fault, and no reason to stop a training.
  if (error.code === 'EPIPE') return;
  note(`multvae: the results cannot be written to stdout: ${error.message}`);
  process.exitCode = 3;
});
// Where remarks cannot be written, there is nobody to tell.
process.stderr.on('error', () => undefined);

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
