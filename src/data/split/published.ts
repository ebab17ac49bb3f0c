/** A split that somebody published, as files of training, validation and test clicks. */
import type { ClickProtocol } from '../../config/protocol.js';
import { NumpyLegacyRandom } from '../../random.js';
import { ClickMatrix } from '../click-matrix.js';
import { IdIndex } from '../files/id-index.js';
import { type ItemId, idOrder, type UserId } from '../ids.js';
import { role, splitByRoles } from './click-roles.js';
import { readPairs } from './pair-file.js';
import type { LabelledClicks, Split } from './users.js';

/** The files of a split, by their paths. */
export interface SplitPaths {
  readonly train: string;
  /** Default: a tenth of the training clicks is held out. */
  readonly validation?: string | undefined;
  readonly test: string;
}

/** A file, and what it is checked by. */
type SplitFile = ClickProtocol<'files'>['heldOutClicks']['train'];

/** The clicks of the files. */
export interface PublishedClicks {
  readonly files: ClickProtocol<'files'>['heldOutClicks'];
  readonly clicks: LabelledClicks;
  /** [clicks], values of `role`. */
  readonly roleOf: Uint8Array;
  /** Clicks that a file holds twice, or that are in two files. The first counts: training, then test, then validation. */
  readonly repeated: { readonly inOne: number; readonly inTwo: number };
  /** Lines of a user without an item. */
  readonly emptyLines: number;
}

/** The part of the training clicks that is for validation where there is no file for it. */
const validationPart = 0.1;

/** Reads the files of a split. @throws DataError as `readPairs` */
export async function readPublished(paths: SplitPaths): Promise<PublishedClicks> {
  const users = new IdIndex();
  const items = new IdIndex();
  const pairs: Pairs = { user: [], item: [], role: [] };
  let emptyLines = 0;
  const read = async (path: string, is: number): Promise<SplitFile> => {
    const file = await readPairs(path, (user, item) => {
      pairs.user.push(users.indexOf(user));
      pairs.item.push(items.indexOf(item));
      pairs.role.push(is);
    });
    emptyLines += file.emptyLines;
    return { path, sha256: file.sha256 };
  };
  const train = await read(paths.train, role.train);
  const test = await read(paths.test, role.test);
  const validation =
    paths.validation === undefined ? null : await read(paths.validation, role.validation);
  return {
    files: { by: 'files', train, validation, test },
    ...labelled(pairs, users.ids as UserId[], items.ids as ItemId[]),
    emptyLines,
  };
}

/** Clicks in the order of the files, by column. */
interface Pairs {
  readonly user: number[];
  readonly item: number[];
  readonly role: number[];
}

function labelled(
  pairs: Pairs,
  userIds: readonly UserId[],
  itemIds: readonly ItemId[],
): Pick<PublishedClicks, 'clicks' | 'roleOf' | 'repeated'> {
  const ofUser: number[][] = userIds.map(() => []);
  pairs.user.forEach((user, k) => {
    ofUser[user]!.push(k);
  });
  const seenBy = new Int32Array(itemIds.length).fill(-1);
  const roleIn = new Uint8Array(itemIds.length);
  let inOne = 0;
  let inTwo = 0;
  const order = idOrder(userIds);
  const sorted = [...userIds.keys()].sort((a, b) => order(userIds[a]!, userIds[b]!));
  const kept = sorted.map((user) =>
    ofUser[user]!.filter((k) => {
      const item = pairs.item[k]!;
      const is = pairs.role[k]!;
      if (seenBy[item] === user) {
        if (roleIn[item] === is) inOne++;
        else inTwo++;
        return false;
      }
      seenBy[item] = user;
      roleIn[item] = is;
      return true;
    }),
  );
  const places = kept.flat();
  return {
    clicks: {
      userIds: sorted.map((user) => userIds[user]!),
      itemIds,
      clicks: ClickMatrix.fromRows(
        itemIds.length,
        kept.map((row) => row.map((k) => pairs.item[k]!)),
      ),
      positions: Int32Array.from(places),
    },
    roleOf: Uint8Array.from(places, (k) => pairs.role[k]!),
    repeated: { inOne, inTwo },
  };
}

/**
 * Splits clicks as the files say. The model sees the training clicks of a user: in the test those of the training file.
 *
 * Without a validation file, a tenth of the training clicks, drawn by the protocol's seed, is for validation and is not
 * trained on. Every user and every item keeps a training click.
 *
 * @throws SplitError as `splitByRoles`
 */
export function splitPublished(
  { clicks, roleOf, files }: Pick<PublishedClicks, 'clicks' | 'roleOf' | 'files'>,
  protocol: Omit<ClickProtocol<'files'>, 'heldOutClicks'>,
): Split {
  const roles =
    files.validation === null ? withValidation(clicks, roleOf, protocol.splitSeed) : roleOf;
  return splitByRoles(
    clicks,
    { ...protocol, heldOutClicks: files },
    {
      roleOf: roles,
      minTrainClicks: 1,
      testFoldIn: files.validation === null ? 'all before the test' : 'training clicks',
    },
  );
}

/** The same roles, with a tenth of the training clicks for validation. */
function withValidation(
  { clicks: { offsets, items, rows, columns } }: LabelledClicks,
  roleOf: Uint8Array,
  seed: number,
): Uint8Array {
  const left = { users: new Int32Array(rows), items: new Int32Array(columns) };
  const training: { readonly k: number; readonly u: number }[] = [];
  for (let u = 0; u < rows; u++) {
    for (let k = offsets[u]!; k < offsets[u + 1]!; k++) {
      if (roleOf[k] !== role.train) continue;
      training.push({ k, u });
      left.users[u]!++;
      left.items[items[k]!]!++;
    }
  }
  const roles = roleOf.slice();
  let wanted = Math.max(1, Math.round(validationPart * training.length));
  for (const place of new NumpyLegacyRandom(seed).permutation(training.length)) {
    if (wanted === 0) break;
    const { k, u } = training[place]!;
    if (left.users[u]! < 2 || left.items[items[k]!]! < 2) continue;
    roles[k] = role.validation;
    left.users[u]!--;
    left.items[items[k]!]!--;
    wanted--;
  }
  return roles;
}
