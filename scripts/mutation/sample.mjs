/**
 * A Stryker plugin that tries a random share of the mutants of a room.
 *
 * Each mutant is in or out by a hash of itself and a seed, so the sample is the same in every run, and a change of one
 * file leaves the sample of the others as it is. Those that are out count as "compile errors": Stryker leaves them out
 * of its score.
 */
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { CheckStatus } from '@stryker-mutator/api/check';
import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';

/** `0.25:7` is a quarter of the mutants with seed 7; the seed is 1 where it is left out. */
export function readSample(text) {
  const [share, seed = '1', ...rest] = text.split(':');
  const sample = { share: Number(share), seed };
  if (rest.length > 0 || !(sample.share > 0 && sample.share < 1)) {
    throw new Error(`--sample ${text}: give a share between 0 and 1 and a seed, as in 0.25:7`);
  }
  return sample;
}

/** Whether a mutant is in the sample. `fileName` is relative to the root, the location is Stryker's. */
export function isInSample({ share, seed }, { fileName, location, mutatorName, replacement }) {
  const { start, end } = location;
  const identity = [
    seed,
    fileName,
    start.line,
    start.column,
    end.line,
    end.column,
    mutatorName,
    replacement,
  ];
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest();
  return hash.readUInt32BE(0) < share * 2 ** 32;
}

/** Wilson's interval of 95 % for `hits` of `size`. */
export function interval(hits, size) {
  const z = 1.96;
  const share = hits / size;
  const middle = share + z ** 2 / (2 * size);
  const width = z * Math.sqrt((share * (1 - share)) / size + z ** 2 / (4 * size ** 2));
  const scale = 1 + z ** 2 / size;
  return [(middle - width) / scale, (middle + width) / scale];
}

class Sample {
  #sample;

  constructor(options) {
    this.#sample = options.sample;
  }

  async init() {}

  group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const out = { status: CheckStatus.CompileError, reason: 'not in the sample' };
    return Object.fromEntries(
      mutants.map((mutant) => {
        const fileName = relative(process.cwd(), mutant.fileName);
        const isIn = isInSample(this.#sample, { ...mutant, fileName });
        return [mutant.id, isIn ? { status: CheckStatus.Passed } : out];
      }),
    );
  }
}

function createSample(options) {
  return new Sample(options);
}
createSample.inject = tokens(commonTokens.options);

export const strykerPlugins = [declareFactoryPlugin(PluginKind.Checker, 'sample', createSample)];
