/** `multvae serve`: serves a home over HTTP. */

import { Command, Option } from 'commander';
import { type LogLevel, logLevels } from '../../api/request-log.js';
import { serveWithWorkers } from '../../api/workers.js';
import type { LayerPrecision } from '../../backend/packed-layer.js';
import { servingChoices } from '../../home/serving.js';
import { addEngineOptions, type EngineFlags, integerArgument, textArgument } from '../arguments.js';
import { addGateOptions, type GateFlags, gateOf } from '../gate.js';
import { hideFromWorkers } from '../secrets.js';
import { untilSignal } from '../signals.js';
import { type HomeFlags, homeOption, note, placeOf, print, storeOption } from '../terminal.js';

/** Values of `addServingOptions`. */
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
      new Option(
        '--precision <type>',
        'precision of the decoder; bf16 needs AVX-512-BF16, int8 the backend native',
      )
        .choices(servingChoices.precisions)
        .default('f32'),
    )
    .option(
      '--cache-mb <n>',
      'megabytes of memory for cached answers, 0 for no cache',
      integerArgument('--cache-mb', 0, 65_536),
      64,
    )
    .option(
      '--workers <n>',
      'processes that share the port; each has its own model',
      integerArgument('--workers', 1, 256),
      1,
    )
    .addOption(
      new Option('--log-level <level>', 'what to log on stderr').choices(logLevels).default('info'),
    );
}

/** `multvae serve`: serves the active run over HTTP until SIGTERM, SIGHUP or Ctrl-C. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve recommendations of the active run over HTTP')
    .addOption(homeOption())
    .addOption(storeOption());
  return addServingOptions(addEngineOptions(command)).action(
    async (flags: ServingFlags & EngineFlags & HomeFlags) => {
      const gate = gateOf(flags);
      if (flags.workers > 1) hideFromWorkers();
      process.exitCode = await untilSignal((signal) =>
        serveWithWorkers({
          ...flags,
          home: placeOf(flags),
          gate,
          signal,
          onReady: (lines) => lines.forEach(print),
          onRemark: note,
        }),
      );
    },
  );
}
