/** What a training works on where files say the split. */

import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { type ClickProtocol, type Protocol, paperProtocol } from '../../config/protocol.js';
import {
  type PublishedClicks,
  readPublished,
  type SplitPaths,
  splitPublished,
} from '../../data/split/published.js';
import type { Split } from '../../data/split/users.js';
import type { DatasetSummary } from '../../data/store/dataset.js';
import { openStore } from '../../data/store/open.js';
import { type HomeAt, placeAt } from '../../data/store/place.js';
import { RunError } from '../../errors.js';
import { filesHash } from '../../serving/swap/other-data.js';
import { withRuns } from '../place/opened.js';
import { checkedProtocol, type ProtocolOptions, splitFile } from './protocol-options.js';

type FilesRule = ClickProtocol<'files'>['heldOutClicks'];

/** The files of a split as data. */
export interface FilesSplit {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
  readonly remarks: readonly string[];
}

/** The files that options name, or those of the run that they keep; null where the home's ratings are split. */
export async function filesAsked(
  home: HomeAt,
  options: ProtocolOptions,
): Promise<{
  readonly paths: SplitPaths;
  readonly splitSeed: number;
  readonly rule?: FilesRule;
} | null> {
  const { splitSeed = paperProtocol.splitSeed, heldoutFrom } = options;
  if (checkedProtocol(options) === 'files') {
    const { trainFile, validationFile, testFile } = options;
    return {
      paths: {
        train: splitFile('--train-file', trainFile!),
        test: splitFile('--test-file', testFile!),
        ...(validationFile !== undefined && {
          validation: splitFile('--validation-file', validationFile),
        }),
      },
      splitSeed,
    };
  }
  if (heldoutFrom === undefined) return null;
  const { protocol } = await withRuns(home, ({ runs }) => runs.describe(heldoutFrom));
  const { heldOutClicks: rule } = protocol;
  if (rule?.by !== 'files') return null;
  return { paths: pathsOf(rule), splitSeed: protocol.splitSeed, rule };
}

function pathsOf({ train, validation, test }: FilesRule): SplitPaths {
  return {
    train: train.path,
    test: test.path,
    ...(validation !== null && { validation: validation.path }),
  };
}

/** The split of the files that an earlier training read. @throws RunError where one has changed since */
export function splitFilesAgain(
  home: HomeAt,
  { splitSeed }: Protocol,
  rule: FilesRule,
): Promise<FilesSplit> {
  return splitFiles(home, { paths: pathsOf(rule), splitSeed, rule });
}

/**
 * Reads a split from its files. Makes an empty store where the home has none, so that its runs can be served.
 *
 * @param asked - `rule`: what the files must be
 * @throws DataError, SplitError, HomeError; RunError where a file is not what it must be
 */
export async function splitFiles(
  home: HomeAt,
  {
    paths,
    splitSeed,
    rule,
  }: { readonly paths: SplitPaths; readonly splitSeed: number; readonly rule?: FilesRule },
): Promise<FilesSplit> {
  const published = await readPublished(paths);
  const { clicks, files } = published;
  if (rule !== undefined) checkUnchanged(rule, files);
  const split = splitPublished(published, {
    ratingThreshold: null,
    minClicks: 1,
    heldoutUsers: 1,
    splitSeed,
  });
  const store = await openStore(placeAt(home), { create: true });
  await store.close();
  const names = [files.train, ...(files.validation === null ? [] : [files.validation]), files.test];
  const dataset: DatasetSummary = {
    name: nameOf(paths.train),
    dataHash: hashOf(files),
    users: split.userOrder.length,
    items: clicks.itemIds.length,
    catalogue: clicks.itemIds.length,
    ratings: clicks.clicks.clicks,
    scale: null,
    minWeight: null,
    files: names.map(({ path }) => basename(path)),
    importedAt: new Date().toISOString(),
  };
  return { dataset, protocol: split.protocol, split, remarks: remarksOn(published, split) };
}

function checkUnchanged(rule: FilesRule, files: FilesRule): void {
  for (const kind of ['train', 'validation', 'test'] as const) {
    const before = rule[kind];
    if (before === null || before.sha256 === files[kind]?.sha256) continue;
    throw new RunError(
      `${before.path} has changed since the earlier training read it; bring that file back, or train from the beginning`,
    );
  }
}

/** The training file with its folder, because the files of all published splits have the same names. */
function nameOf(path: string): string {
  return join(basename(dirname(resolve(path))), basename(path));
}

function hashOf({ train, validation, test }: FilesRule): string {
  const parts = [train.sha256, validation?.sha256 ?? '', test.sha256];
  return filesHash(createHash('sha256').update(parts.join('\n')).digest('hex'));
}

function remarksOn(
  { files, repeated, emptyLines }: PublishedClicks,
  { validation }: Split,
): string[] {
  const remarks: string[] = [];
  if (files.validation === null) {
    remarks.push(
      `there is no --validation-file: ${validation.heldOut.clicks} training clicks, a tenth of them, are held out to choose by and are not trained on`,
    );
  }
  if (repeated.inOne > 0) {
    remarks.push(`${repeated.inOne} clicks are in their file twice; each counts once`);
  }
  if (repeated.inTwo > 0) {
    remarks.push(
      `${repeated.inTwo} clicks are in two files; each counts as a training click, else as a test click`,
    );
  }
  if (emptyLines > 0) remarks.push(`${emptyLines} lines have a user without an item`);
  return remarks;
}
