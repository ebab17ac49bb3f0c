import { Command, Option } from 'commander';
import { type LogLevel, logLevels } from '../../api/request-log.js';
import { serveWithWorkers } from '../../api/workers.js';
import type { LayerPrecision } from '../../backend/packed-layer.js';
import { servingChoices } from '../../home/serving.js';
import { addEngineOptions, type EngineFlags, integerArgument, textArgument } from '../arguments.js';
import { addGateOptions, type GateFlags, gateOf } from '../gate.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, print } from '../terminal.js';

/** Where a server listens, and how much it logs: values of `addServingOptions`. */
export interface ServingFlags extends GateFlags {
  readonly port: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  readonly precision: LayerPrecision;
  readonly cacheMb: number;
  readonly workers: number;
}

/** Adds the flags of a server. */
export function addServingOptions(command: Command): Command {
  return addGateOptions(command)
    .addOption(
      new Option('--port <n>', 'port; 0 picks a free one')
        .env('PORT')
        .argParser(integerArgument('--port (or PORT)', 0, 65_535))
        .default(3000),
    )
    .option(
      '--host <address>',
      'address to listen on',
      textArgument('--host', 'an address such as 127.0.0.1'),
      '127.0.0.1',
    )
    .addOption(
      new Option('--precision <type>', 'of the decoder; bf16 takes AVX-512-BF16, int8 native')
        .choices(servingChoices.precisions)
        .default('f32'),
    )
    .option(
      '--cache-mb <n>',
      'memory for answers that are kept, 0 for none',
      integerArgument('--cache-mb', 0, 65_536),
      64,
    )
    .option(
      '--workers <n>',
      'processes that share the port, each with a model of its own',
      integerArgument('--workers', 1, 256),
      1,
    )
    .addOption(
      new Option('--log-level <level>', 'what to log on stderr').choices(logLevels).default('info'),
    );
}

/** `multvae serve`: the HTTP interface over the active run, until SIGTERM or Ctrl-C. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve recommendations of the active run over HTTP')
    .addOption(homeOption());
  return addServingOptions(addEngineOptions(command)).action(
    async (flags: ServingFlags & EngineFlags & { home: string }) => {
      const gate = gateOf(flags);
      process.exitCode = await untilSignal((signal) =>
        serveWithWorkers({
          ...flags,
          gate,
          signal,
          onReady: (lines) => lines.forEach(print),
          onRemark: note,
        }),
      );
    },
  );
}
