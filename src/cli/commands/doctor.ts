import { Command } from 'commander';
import { loadNativeKernels } from '../../backend/native/addon.js';
import { type BackendReport, surveyBackends } from '../../backend/select.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { sqliteVersions } from '../../data/store/sqlite/sqlite-versions.js';
import { RunStore } from '../../runs/store.js';
import { packageVersion } from '../../version.js';
import { homeOption, print, table } from '../terminal.js';

/** Something that is looked at, in words: what it is, or what is wrong with it. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly state: string;
}

/** `multvae doctor`: what this machine and this home have, and what is missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show which backends compute here, which one is chosen, and the state of the home')
    .option('--json', 'print one JSON object instead of tables')
    .addOption(homeOption())
    .action(async ({ home, json }: { home: string; json?: boolean }) => {
      const backends = await surveyBackends();
      const findings = [
        { name: 'multvae', ok: true, state: packageVersion },
        {
          name: 'Node.js',
          ok: true,
          state: `${process.version} ${process.platform} ${process.arch}`,
        },
        native(),
        sqlite(),
        database(home),
        ...runs(home),
      ];
      if (json) {
        print(JSON.stringify({ backends, findings }, null, 2));
        return;
      }
      print(backendTable(backends));
      // Sentences, which would make a column wider than any terminal.
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

/** What the addon computes with, or why there is none. */
function native(): Finding {
  const name = 'native addon';
  try {
    const { isa, isas, bf16, threads, cores } = loadNativeKernels().info();
    const state = `${isa} of ${isas.join(', ')}; ${bf16 ? '' : 'no '}bf16; ${threads} thread${threads === 1 ? '' : 's'} on ${cores} core${cores === 1 ? '' : 's'}`;
    return { name, ok: true, state };
  } catch (error) {
    return { name, ok: false, state: (error as Error).message.split('\n', 1)[0]! };
  }
}

function sqlite(): Finding {
  const name = 'better-sqlite3';
  try {
    const { betterSqlite3, sqlite } = sqliteVersions();
    return { name, ok: true, state: `${betterSqlite3}, SQLite ${sqlite}` };
  } catch (error) {
    return { name, ok: false, state: (error as Error).message.split('\n', 1)[0]! };
  }
}

function database(home: string): Finding {
  const name = 'home';
  try {
    const opened = RatingsDatabase.open(home);
    try {
      const data = opened.dataset();
      const state =
        data === null
          ? `${home}: no ratings imported`
          : `${home}: ${data.name}, ${data.ratings} ratings of ${data.users} users on ${data.items} items`;
      return { name, ok: data !== null, state };
    } finally {
      opened.close();
    }
  } catch (error) {
    return { name, ok: false, state: (error as Error).message };
  }
}

function runs(home: string): Finding[] {
  try {
    const store = new RunStore(home);
    const active = store.active();
    const pending = store.pending();
    const unfinished = pending.length === 0 ? '' : `, not finished: ${pending.join(', ')}`;
    return [
      {
        name: 'runs',
        ok: active !== null,
        state: `${store.list().length} published, active: ${active ?? 'none'}${unfinished}`,
      },
    ];
  } catch (error) {
    return [{ name: 'runs', ok: false, state: (error as Error).message }];
  }
}
