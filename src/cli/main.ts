#!/usr/bin/env node
/** The program `multvae`: its commands, and how its errors become exit codes. */

import { Command, CommanderError } from 'commander';
import { Interrupted, MultvaeError, StorageError } from '../errors.js';
import { storageError } from '../storage/faults.js';
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
import { remarkUnknownVariables } from './environment.js';
import { withoutJsonDash } from './standard-streams.js';
import { defaultHome, note, noteLines, visibleLines, withHome } from './terminal.js';

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
Exit codes: 0 done; 1 a fault of multvae; 2 a bad argument or bad data; 3 something is missing, damaged
or in use; 130 stopped by Ctrl-C; 143 stopped by SIGTERM; 129 stopped by SIGHUP (the terminal closed).
Results go to stdout, progress and remarks to stderr.`;

/** The home of the command that runs. */
let home = defaultHome;

function program(): Command {
  const multvae = new Command('multvae')
    .description('Collaborative filtering with variational autoencoders')
    .version(packageVersion)
    .addHelpText('after', exitCodes)
    .showHelpAfterError(
      '(multvae --help lists the commands, multvae COMMAND --help the flags of one)',
    )
    .configureOutput({
      writeOut: (text) => process.stdout.write(visibleLines(text)),
      writeErr: (text) => process.stderr.write(visibleLines(text)),
    })
    .exitOverride()
    .hook('preAction', (_, command) => {
      ({ home = defaultHome } = command.opts<{ home?: string }>());
    });
  for (const command of commands) multvae.addCommand(command().copyInheritedSettings(multvae));
  return multvae;
}

/** Prints an error and gives its exit code. Only a fault of the program shows a stack trace. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof MultvaeError || error instanceof Interrupted) {
    note(`multvae: ${withHome(error.message, home)}`);
    return error.exitCode;
  }
  // Where no other place expects it, the disk may still refuse.
  const { path = 'a file' } = error as NodeJS.ErrnoException;
  const told = storageError(`${path} cannot be read or written`, error);
  if (told instanceof StorageError && told.fault !== 'path') {
    note(`multvae: ${told.message}`);
    return told.exitCode;
  }
  noteLines(
    `multvae: this is a fault of multvae, please report it: ${(error as Error).stack ?? error}`,
  );
  return 1;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as `head` may leave early. That is no fault, and no reason to stop a training.
  if (error.code === 'EPIPE') return;
  const told = storageError('the results cannot be written to stdout', error);
  note(`multvae: ${(told as Error).message}`);
  process.exitCode = 3;
});
// Without a listener the signal of a file that outgrows its limit ends the process; with one, writing fails.
process.on('SIGXFSZ', () => undefined);
// When stderr cannot be written, there is nobody to tell.
process.stderr.on('error', () => undefined);

try {
  remarkUnknownVariables(process.env, note);
  const multvae = program();
  const words = withoutJsonDash(process.argv.slice(2), multvae.commands);
  await multvae.parseAsync(words, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
