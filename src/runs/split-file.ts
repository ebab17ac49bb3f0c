/** Encodes and decodes `split.jsonl`, the held-out users of a run. */
import { z } from 'zod';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId, UserId } from '../data/ids.js';
import type { HeldOutUsers } from '../data/split/users.js';
import { RunError } from '../errors.js';
import type { StoredSplit } from './format.js';
import { decodeLines, encodeLines } from './json-lines.js';

const sets = ['validation', 'test'] as const;

/** One held-out user a line. It has ids, not indices, so that the file can be read without its run. */
const lineSchema = z.strictObject({
  set: z.enum(sets),
  user: z.string(),
  foldIn: z.array(z.string()),
  heldOut: z.array(z.string()),
  /** Hidden items outside the vocabulary; absent for none. */
  unknown: z.array(z.string()).optional(),
  /** The user has a hidden click and nothing to fold in; absent for others. */
  new: z.literal(true).optional(),
});
type Line = z.infer<typeof lineSchema>;

/** Encodes held-out users as JSON lines: validation users first, each set in its order. */
export function encodeSplit(split: StoredSplit, vocabulary: readonly ItemId[]): string {
  return encodeLines(splitLines(split, vocabulary));
}

function* splitLines(split: StoredSplit, vocabulary: readonly ItemId[]): Generator<Line> {
  for (const set of sets) {
    const { users, foldIn, heldOut, unknown, newUsers = [] } = split[set];
    const ids = (row: Int32Array) => Array.from(row, (item) => vocabulary[item]!);
    for (let u = 0; u < users.length; u++) {
      const missed = unknown?.[u] ?? [];
      yield {
        set,
        user: users[u]!,
        foldIn: ids(foldIn.row(u)),
        heldOut: ids(heldOut.row(u)),
        ...(missed.length > 0 && { unknown: [...missed] }),
      };
    }
    for (const user of newUsers) yield { set, user, foldIn: [], heldOut: [], new: true };
  }
}

/**
 * Reads what `encodeSplit` wrote.
 *
 * @param source - the file's path, for messages
 * @throws RunError when a line is malformed or names an item outside the vocabulary
 */
export function decodeSplit(
  text: string,
  vocabulary: readonly ItemId[],
  source: string,
): StoredSplit {
  const indexOf = new Map<string, number>(vocabulary.map((item, index) => [item, index]));
  const lines = decodeLines(text, source, lineSchema);
  const usersOf = (set: Line['set']) =>
    heldOutUsers(
      lines.filter((line) => line.set === set),
      indexOf,
      source,
    );
  return { validation: usersOf('validation'), test: usersOf('test') };
}

function heldOutUsers(
  all: readonly Line[],
  indexOf: ReadonlyMap<string, number>,
  source: string,
): HeldOutUsers {
  const lines = all.filter((line) => !line.new);
  const newUsers = all.filter((line) => line.new).map((line) => line.user as UserId);
  const hasUnknown = lines.some(({ unknown }) => unknown !== undefined);
  const matrix = (items: (line: Line) => readonly string[]) =>
    ClickMatrix.fromRows(
      indexOf.size,
      lines.map((line) => items(line).map((item) => itemIndex(item, line.user, indexOf, source))),
    );
  return {
    users: lines.map((line) => line.user as UserId),
    foldIn: matrix((line) => line.foldIn),
    heldOut: matrix((line) => line.heldOut),
    ...(hasUnknown && { unknown: lines.map(({ unknown = [] }) => unknown as ItemId[]) }),
    ...(newUsers.length > 0 && { newUsers }),
  };
}

function itemIndex(
  item: string,
  user: string,
  indexOf: ReadonlyMap<string, number>,
  source: string,
): number {
  const index = indexOf.get(item);
  if (index === undefined) {
    throw new RunError(
      `${source}: user ${JSON.stringify(user)} has item ${JSON.stringify(item)}, which the run's vocabulary lacks`,
    );
  }
  return index;
}
