/** Which files were appended already, so that a night that is repeated appends none of them twice. */

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImportOptions } from '../../data/import.js';
import { openStore } from '../../data/store/open.js';
import { type HomeAt, placeAt } from '../../data/store/place.js';
import { importItemsFile, importSource } from '../data-sets.js';
import { withStore } from '../place/opened.js';
import type { Night } from './night.js';

const kind = 'appended-files';
/** More are forgotten, the oldest first. */
const maxRemembered = 400;

/** What is kept of a file, under the hash of its bytes. */
interface Appended {
  readonly file: string;
  /** The hash of the data that it made: data that replace them do not have the file. */
  readonly data?: string;
  /**
   * When the data of the home were last imported before this file was; absent once the import is known to be done. A
   * process that is killed between the two leaves it.
   */
  readonly after?: string | null;
}

/** What `appendNew` did. */
export interface Appending {
  /** Rows that were taken: new ones, and ones that replaced a rating. */
  readonly rows: number;
  /** What the file of items brought; null without one. */
  readonly catalogue: Night['catalogue'];
  /** The sources that were appended before. */
  readonly known: readonly string[];
}

/**
 * Appends files to a home, but for those that were appended before: a file is known by its bytes, a folder by its files.
 * Standard input is always appended. A file of items is taken with the others, and alone where there are none.
 *
 * @throws as `importSource`; nothing is appended then
 */
export async function appendNew(
  home: HomeAt,
  sources: readonly string[],
  options: ImportOptions,
): Promise<Appending> {
  const before = await settled(home);
  const hashes = await Promise.all(sources.map(hashOf));
  const isKnown = (s: number) => {
    const hash = hashes[s]!;
    return hash !== null && (before.appended.has(hash) || hashes.indexOf(hash) < s);
  };
  const fresh = [...sources.keys()].filter((s) => !isKnown(s));
  const known = [...sources.keys()].filter(isKnown).map((s) => sources[s]!);
  if (fresh.length === 0) return { rows: 0, catalogue: await itemsAlone(home, options), known };
  const marked = fresh.flatMap((s) => {
    const id = hashes[s]!;
    return id === null ? [] : [{ id, file: basename(sources[s]!) }];
  });
  await mark(home, marked, { after: before.importedAt });
  try {
    const given = fresh.map((s) => sources[s]!);
    const summary = await importSource(home, given, { ...options, append: true });
    const { stored, updated, dataset, items } = summary;
    await mark(home, marked, { data: dataset.dataHash });
    return { rows: stored + updated, catalogue: brought(items), known };
  } catch (error) {
    await settled(home);
    throw error;
  }
}

/** Takes the file of items, where one is named. */
async function itemsAlone(home: HomeAt, options: ImportOptions): Promise<Night['catalogue']> {
  if (typeof options.items !== 'string') return null;
  return brought(await importItemsFile(home, options.items, options));
}

function brought(
  items: { readonly created: number; readonly changed: number } | null,
): Night['catalogue'] {
  return items && { created: items.created, changed: items.changed };
}

/**
 * Finds out what became of the files whose import a process did not live to record.
 *
 * @returns the hashes of the files that were appended, and when the data were last imported
 */
async function settled(
  home: HomeAt,
): Promise<{ readonly appended: ReadonlySet<string>; readonly importedAt: string | null }> {
  const store = await openStore(placeAt(home), { create: true });
  try {
    const { documents } = store;
    const dataset = await store.dataset();
    const importedAt = dataset?.importedAt ?? null;
    const appended = new Set<string>();
    const listed = (await documents.list(kind)).sort((a, b) => b.at - a.at);
    for (const { id, value } of listed) {
      const { file, data = '', after } = value as Appended;
      const isAppended =
        after === undefined ? await store.descendsFrom(data) : after !== importedAt;
      if (!isAppended || appended.size >= maxRemembered) await documents.remove(kind, id);
      else {
        if (after !== undefined) {
          await documents.write(kind, id, { file, data: dataset?.dataHash ?? '' });
        }
        appended.add(id);
      }
    }
    return { appended, importedAt };
  } finally {
    await store.close();
  }
}

async function mark(
  home: HomeAt,
  files: readonly { readonly id: string; readonly file: string }[],
  state: Omit<Appended, 'file'>,
): Promise<void> {
  await withStore(home, async ({ documents }) => {
    for (const { id, file } of files) await documents.write(kind, id, { file, ...state });
  });
}

/** SHA-256 of a file, or of the names and hashes of the files in a folder; null for what is neither. */
async function hashOf(source: string): Promise<string | null> {
  const found = statSync(source, { throwIfNoEntry: false });
  const hash = createHash('sha256');
  if (found?.isFile()) {
    for await (const piece of createReadStream(source)) hash.update(piece);
  } else if (found?.isDirectory()) {
    for (const name of (await readdir(source)).sort()) {
      hash.update(`${name} ${await hashOf(join(source, name))}\n`);
    }
  } else return null;
  return hash.digest('hex');
}
