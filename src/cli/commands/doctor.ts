/** `multvae doctor`: shows the state of the machine and the home. */

import { Command } from 'commander';
import { missingExplorer } from '../../api/pages/explorer-page.js';
import type { BackendReport } from '../../backend/select.js';
import { diagnose } from '../../home/diagnosis.js';
import { type HomeFlags, homeOption, placeOf, print, storeOption, table } from '../terminal.js';

/** `multvae doctor`: shows what this machine and this home have, and what is missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show which backends compute here, which one is chosen, and the state of the home')
    .option('--json', 'print one JSON object instead of tables')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async ({ json, ...flags }: HomeFlags & { json?: boolean }) => {
      const { backends, findings: own } = await diagnose(placeOf(flags));
      const noPage = missingExplorer();
      const page = { name: 'explorer', ok: noPage === null, state: noPage ?? 'the page is there' };
      const findings = [...own, page];
      if (json) {
        print(JSON.stringify({ backends, findings }, null, 2));
        return;
      }
      print(backendTable(backends));
      // These are sentences, which would make a column wider than any terminal.
      for (const { name, why } of backends) if (why !== null) print(`not ${name}: ${why}`);
      print('');
      const width = Math.max(...findings.map(({ name }) => name.length));
      for (const { name, state } of findings) print(`${name.padEnd(width)}  ${state}`);
    });
}

function backendTable(backends: readonly BackendReport[]): string {
  return table(
    ['backend', 'found', 'device', 'chosen', 'version'],
    backends.map(({ name, found, device, chosen, version }) => [
      name,
      found ? 'yes' : 'no',
      device ?? '',
      chosen ? 'yes' : 'no',
      version ?? '',
    ]),
  );
}
