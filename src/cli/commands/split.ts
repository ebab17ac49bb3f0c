import { Command } from 'commander';
import {
  referenceFileNames,
  referenceFiles,
  verifiable,
  verifyReferenceFiles,
  writeReferenceFiles,
} from '../../data/split/reference-files.js';
import { strongGeneralization } from '../../data/split/users.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { ArgumentError } from '../../errors.js';
import { type ProtocolFlags, readClicks } from '../../home/protocol.js';
import { addProtocolOptions } from '../protocol.js';
import { homeOption, note, print, table } from '../terminal.js';

/** `multvae split`: the reference code's six files, written, verified or both. */
export function splitCommand(): Command {
  const command = new Command('split')
    .description('write the split as the reference code of the paper does, or verify it')
    .option('--out <folder>', `folder for ${referenceFileNames.join(', ')}`)
    .option(
      '--verify [dataset]',
      `compare with published checksums (${verifiable.map((v) => `${v.name}: --heldout-users ${v.heldoutUsers}`).join('; ')})`,
    )
    .addOption(homeOption());
  return addProtocolOptions(command).action(
    (options: ProtocolFlags & { out?: string; verify?: string | true; home: string }) => {
      if (options.out === undefined && options.verify === undefined) {
        throw new ArgumentError('split: give --out FOLDER, --verify, or both.');
      }
      const database = RatingsDatabase.open(options.home);
      try {
        const { clicks, protocol } = readClicks(database, options);
        const split = strongGeneralization(clicks, protocol);
        const files = referenceFiles(split);
        if (options.out !== undefined) {
          write(files, options.out);
          note(`wrote ${referenceFileNames.length} files to ${options.out}`);
        }
        if (options.verify !== undefined) {
          const name = options.verify === true ? (database.dataset()?.name ?? '') : options.verify;
          const same = verifyReferenceFiles(files, name, protocol.heldoutUsers);
          note(`equal to the reference split of ${name}: ${same.join(', ')}`);
        }
        const { train, validation, test, vocabulary } = split;
        const row = (set: string, users: number, foldIn: number, hidden: string) => [
          set,
          String(users),
          String(foldIn),
          hidden,
        ];
        print(
          table(
            [`${vocabulary.length} items`, 'users', 'fold-in', 'held out'],
            [
              row('training', train.rows, train.clicks, ''),
              ...Object.entries({ validation, test }).map(([set, s]) =>
                row(set, s.users.length, s.foldIn.clicks, String(s.heldOut.clicks)),
              ),
            ],
          ),
        );
      } finally {
        database.close();
      }
    },
  );
}

function write(files: ReturnType<typeof referenceFiles>, folder: string): void {
  try {
    writeReferenceFiles(files, folder);
  } catch (cause) {
    throw new ArgumentError(`--out: cannot write the files: ${(cause as Error).message}`, {
      cause,
    });
  }
}
