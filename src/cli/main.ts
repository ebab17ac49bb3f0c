#!/usr/bin/env node
/** The program `multvae`: its commands, and how its errors become exit codes. */

import { Command, CommanderError } from 'commander';
import type { HomePlace } from '../data/store/place.js';
import { Interrupted, MultvaeError, StorageError } from '../errors.js';
import { storageError } from '../storage/faults.js';
import { packageVersion } from '../version.js';
import { remarkUnknownVariables } from './environment.js';
import { hidePasswords, withoutPasswords } from './secrets.js';
import { withoutJsonDash } from './standard-streams.js';
import {
  defaultHome,
  type HomeFlags,
  note,
  noteLines,
  placeOf,
  visibleLines,
  withHome,
} from './terminal.js';

/** In the order in which a user meets them. Each is loaded only when it is needed, because some load an engine or a server. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.js')).startCommand(),
  datasets: async () => (await import('./commands/datasets.js')).datasetsCommand(),
  fetch: async () => (await import('./commands/fetch.js')).fetchCommand(),
  import: async () => (await import('./commands/import.js')).importCommand(),
  generate: async () => (await import('./commands/generate.js')).generateCommand(),
  split: async () => (await import('./commands/split.js')).splitCommand(),
  train: async () => (await import('./commands/train.js')).trainCommand(),
  refresh: async () => (await import('./commands/refresh.js')).refreshCommand(),
  tune: async () => (await import('./commands/tune.js')).tuneCommand(),
  evaluate: async () => (await import('./commands/evaluate.js')).evaluateCommand(),
  compare: async () => (await import('./commands/compare.js')).compareCommand(),
  report: async () => (await import('./commands/report.js')).reportCommand(),
  recommend: async () => (await import('./commands/recommend.js')).recommendCommand(),
  rules: async () => (await import('./commands/rules.js')).rulesCommand(),
  settings: async () => (await import('./commands/settings.js')).settingsCommand(),
  serve: async () => (await import('./commands/serve.js')).serveCommand(),
  anomalies: async () => (await import('./commands/anomalies.js')).anomaliesCommand(),
  sample: async () => (await import('./commands/sample.js')).sampleCommand(),
  runs: async () => (await import('./commands/runs.js')).runsCommand(),
  activate: async () => (await import('./commands/activate.js')).activateCommand(),
  label: async () => (await import('./commands/label.js')).labelCommand(),
  rollback: async () => (await import('./commands/rollback.js')).rollbackCommand(),
  remove: async () => (await import('./commands/remove.js')).removeCommand(),
  copy: async () => (await import('./commands/copy.js')).copyCommand(),
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand(),
};

const exitCodes = `
Exit codes: 0 done; 1 a fault of multvae; 2 a bad argument or bad data; 3 something is missing, damaged
or in use; 130 stopped by Ctrl-C; 143 stopped by SIGTERM; 129 stopped by SIGHUP (the terminal closed).
Results go to stdout, progress and remarks to stderr.`;

/** The home of the command that runs. */
let home: HomeFlags = { home: defaultHome };

/** The program with the command that is asked for; with all of them where none is. */
async function program(asked: string | undefined): Promise<Command> {
  const multvae = new Command('multvae')
    .description('Collaborative filtering with variational autoencoders')
    .version(packageVersion)
    .addHelpText('after', exitCodes)
    .showHelpAfterError(
      '(multvae --help lists the commands, multvae COMMAND --help the flags of one)',
    )
    .configureOutput({
      writeOut: (text) => process.stdout.write(visibleLines(text)),
      writeErr: (text) => process.stderr.write(visibleLines(withoutPasswords(text))),
    })
    .exitOverride()
    .hook('preAction', (_, command) => {
      const { store, ...flags } = command.opts<Partial<HomeFlags>>();
      // The store of a copy is its target, and the commands in messages concern its source.
      home = { home: defaultHome, ...flags, store: command.name() === 'copy' ? undefined : store };
    });
  const names = Object.keys(commands);
  const isOne = asked !== undefined && names.includes(asked);
  for (const name of isOne ? [asked] : names) {
    const command = await commands[name]!();
    multvae.addCommand(command.copyInheritedSettings(multvae));
  }
  return multvae;
}

/** The place that flags name; the folder alone where the store is what is wrong. */
function placeNamed(flags: HomeFlags): HomePlace {
  try {
    return placeOf(flags);
  } catch {
    return placeOf({ home: flags.home });
  }
}

/** Prints an error and gives its exit code. Only a fault of the program shows a stack trace. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof MultvaeError || error instanceof Interrupted) {
    note(`multvae: ${withHome(error.message, placeNamed(home))}`);
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
  hidePasswords(process.argv);
  remarkUnknownVariables(process.env, note);
  const given = process.argv.slice(2);
  const multvae = await program(given[0]);
  const words = withoutJsonDash(given, multvae.commands);
  await multvae.parseAsync(words, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
