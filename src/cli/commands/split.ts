/** `multvae split`: the split as the paper's reference code writes it. */

import { Command } from 'commander';
import { ArgumentError } from '../../errors.js';
import { referenceSplits, splitHome } from '../../home/reference-split.js';
import type { ProtocolOptions } from '../../home/split/protocol-options.js';
import { textArgument } from '../arguments.js';
import { addProtocolOptions, describeClicks, describeProtocol } from '../protocol.js';
import { homeOption, note, placeOf, print, storeOption, table } from '../terminal.js';

const { files, verifiable } = referenceSplits;

interface Flags extends ProtocolOptions {
  readonly out?: string;
  readonly verify?: string | true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae split`: writes the reference code's six files, verifies them, or both. */
export function splitCommand(): Command {
  const command = new Command('split')
    .description('write the split as the reference code of the paper does, or verify it')
    .option('--out <folder>', `folder for ${files.join(', ')}`, textArgument('--out', 'a folder'))
    .option(
      '--verify [dataset]',
      `compare with published checksums (${verifiable.map((v) => `${v.name}: --heldout-users ${v.heldoutUsers}`).join('; ')})`,
    )
    .addOption(homeOption())
    .addOption(storeOption());
  return addProtocolOptions(command).action(async (flags: Flags) => {
    if (flags.out === undefined && flags.verify === undefined) {
      throw new ArgumentError('split: give --out FOLDER, --verify, or both.');
    }
    const { items, scale, minWeight, protocol, sets, verified } = await splitHome(placeOf(flags), {
      ...flags,
      onWritten: () => note(`wrote ${files.length} files to ${flags.out}`),
    });
    note(describeProtocol(protocol));
    note(describeClicks(protocol, { scale, minWeight }));
    if (verified !== null) {
      note(`equal to the reference split of ${verified.dataset}: ${verified.files.join(', ')}`);
    }
    const rows = sets.map(({ set, users, foldIn, heldOut }) => [
      set,
      String(users),
      String(foldIn),
      heldOut === null ? '' : String(heldOut),
    ]);
    print(table([`${items} items`, 'users', 'fold-in', 'held out'], rows));
  });
}
