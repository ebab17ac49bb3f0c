/** Writes a split as the reference code does, and checks it against published checksums. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DataError, VerifyError } from '../../errors.js';
import { replaceFile } from '../../storage/durable-files.js';
import type { ClickMatrix } from '../click-matrix.js';
import { makeFolder } from '../home.js';
import type { ItemId, UserId } from '../ids.js';
import { LargeMap } from '../large-map.js';
import type { HeldOutUsers, Split } from './users.js';

/** The six files of the reference code, in the order in which it writes them. */
export const referenceFileNames = [
  'unique_sid.txt',
  'train.csv',
  'validation_tr.csv',
  'validation_te.csv',
  'test_tr.csv',
  'test_te.csv',
] as const;
export type ReferenceFileName = (typeof referenceFileNames)[number];

/** SHA-256 of the files of the reference code, from independent runs of it, by data set. */
const published: Record<
  string,
  { heldoutUsers: number; files: Partial<Record<ReferenceFileName, string>> }
> = {
  'ml-1m': {
    heldoutUsers: 600,
    files: {
      'unique_sid.txt': '0ed54e6d4d118ffd935059903a3cae8a144e4ac544ee6898ea8719b51ade4a20',
      'train.csv': '658e41d411d4d9a2f402b8de442d6c1d1d94ae89f391d26828cfc664b170fcbe',
      'validation_tr.csv': '37ee0994f311bf47652a5ef7abf3d1d43f2cacd6b72b48927a850df9f0865ffa',
      'validation_te.csv': 'e19fa6381f0d0e5f7797bf661f5f2eb4f8c6f89873773bb18b8618fe4cd5e99c',
      'test_tr.csv': '61b773b20ea76b5362d04da48403469168a8c1ddb4e8565403f9315ad91290bb',
      'test_te.csv': '8a8668ba7065b16a86a1bc12179949e55740c1baf39c08b7a77efb642fed1fbd',
    },
  },
  'ml-20m': {
    heldoutUsers: 10_000,
    files: {
      'unique_sid.txt': 'b9f95107e156c2feaf78439ae302001abf13bdb480aeedcb0e4d8382f2f8b76f',
      'validation_te.csv': 'bec3f6dfbe876ec2224e98458ffe2ff74c453ef1894644757c1e3ca747a26adf',
      'test_te.csv': 'df4a9ddc77c79bab4a581adec7ff1487de146d47b42c35c393696842252435c2',
    },
  },
};

/** The data sets whose reference split is known, with its number of held-out users. */
export const verifiable: readonly { name: string; heldoutUsers: number }[] = Object.entries(
  published,
).map(([name, { heldoutUsers }]) => ({ name, heldoutUsers }));

/**
 * The files that the reference code (dawenl/vae_cf) writes for a split. `unique_sid.txt` has one item id a line. The
 * five CSV files have rows `uid,sid`: uid is the user's place in the seeded order, sid is the item's index. `train.csv`
 * is in file order; the others are by ascending user id, then in file order.
 *
 * @throws DataError for an item id with a line break, which a home of an older version may hold
 */
export function referenceFiles(split: Split): Record<ReferenceFileName, Buffer> {
  const place = new LargeMap<UserId, number>();
  split.userOrder.forEach((user, uid) => {
    place.set(user, uid);
  });
  const heldOut = (users: HeldOutUsers, clicks: ClickMatrix) => {
    const lines = new PairLines();
    users.users.forEach((user, row) => {
      const uid = place.get(user)!;
      for (const sid of clicks.row(row)) lines.add(uid, sid);
    });
    return lines.toBuffer();
  };
  const { validation, test } = split;
  return {
    'unique_sid.txt': itemLines(split.vocabulary),
    'train.csv': trainLines(split),
    'validation_tr.csv': heldOut(validation, validation.foldIn),
    'validation_te.csv': heldOut(validation, validation.heldOut),
    'test_tr.csv': heldOut(test, test.foldIn),
    'test_te.csv': heldOut(test, test.heldOut),
  };
}

/** Writes the six files into a folder. Makes the folder where it is missing. */
export function writeReferenceFiles(
  files: Record<ReferenceFileName, Buffer>,
  folder: string,
): void {
  makeFolder(folder);
  for (const name of referenceFileNames) replaceFile(join(folder, name), files[name]);
}

/**
 * Compares the files with the published checksums of a data set.
 *
 * @returns the names that were compared and agree
 * @throws VerifyError when a file differs, or no checksums of that data set and number of held-out users are known
 */
export function verifyReferenceFiles(
  files: Record<ReferenceFileName, Buffer>,
  dataset: string,
  heldoutUsers: number,
): ReferenceFileName[] {
  const known = published[dataset];
  if (known?.heldoutUsers !== heldoutUsers) {
    const list = verifiable.map((v) => `${v.name} with --heldout-users ${v.heldoutUsers}`);
    throw new VerifyError(
      `no reference split of ${dataset} with ${heldoutUsers} held-out users is known; the known ones are ${list.join(', ')}.`,
    );
  }
  const names = referenceFileNames.filter((name) => known.files[name] !== undefined);
  const wrong = names.filter((name) => sha256(files[name]) !== known.files[name]);
  if (wrong.length > 0) {
    throw new VerifyError(
      `${wrong.join(', ')} differ${wrong.length === 1 ? 's' : ''} from the reference split of ${dataset}. The ratings, their order in the file, the threshold or the split seed differs from the reference.`,
    );
  }
  return names;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function itemLines(vocabulary: readonly ItemId[]): Buffer {
  const lines = new Lines('');
  vocabulary.forEach((id, sid) => {
    if (/[\n\r]/.test(id)) {
      throw new DataError(
        { file: 'unique_sid.txt', line: sid + 1, value: id },
        'an item id in this file must not hold a line break, since each line is one item',
        'Change the id in the ratings, and import them with --replace',
      );
    }
    lines.add(id);
  });
  return lines.toBuffer();
}

function trainLines(split: Split): Buffer {
  const { train, trainPositions } = split;
  const userOf = new Int32Array(train.clicks);
  for (let u = 0; u < train.rows; u++) userOf.fill(u, train.offsets[u]!, train.offsets[u + 1]!);
  // One integer of 64 bits holds a place, in its upper half, and a click: typed arrays sort fast.
  const keys = new BigUint64Array(train.clicks);
  const halves = new Uint32Array(keys.buffer);
  for (let k = 0; k < train.clicks; k++) {
    halves[2 * k + low] = k;
    halves[2 * k + 1 - low] = trainPositions[k]!;
  }
  keys.sort();
  const lines = new PairLines();
  for (let at = low; at < halves.length; at += 2) {
    lines.add(userOf[halves[at]!]!, train.items[halves[at]!]!);
  }
  return lines.toBuffer();
}

/** Where the lower half of an integer of 64 bits is: first on a little-endian machine. */
const low = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 0 : 1;

/** Collects lines as bytes: all of them may be more than a string holds. */
class Lines {
  readonly #chunks: Buffer[] = [];
  #text: string;

  /** @param head - what comes before the first line */
  constructor(head: string) {
    this.#text = head;
  }

  add(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length > 1 << 16) this.#flush();
  }

  #flush(): void {
    this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }

  toBuffer(): Buffer {
    this.#flush();
    return Buffer.concat(this.#chunks);
  }
}

/** Collects `uid,sid` lines under the reference's header. */
class PairLines {
  readonly #lines = new Lines('uid,sid\n');

  add(uid: number, sid: number): void {
    this.#lines.add(`${uid},${sid}`);
  }

  toBuffer(): Buffer {
    return this.#lines.toBuffer();
  }
}
