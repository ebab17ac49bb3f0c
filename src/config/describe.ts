/** Hyper-parameters and their search ranges in words, for `--help`. */

import { type ModelName, parametersOf } from './models.js';
import type { SearchRange } from './parameter.js';
import type { GivenConfig } from './parse.js';

/** The parameter table of a model as lines of text, for `--help`. */
export function describeParameters(model: ModelName): string[] {
  return Object.entries(parametersOf[model]).map(
    ([name, p]) =>
      `${name} = ${p.fromData?.meaning ?? JSON.stringify(p.default)}: ${p.meaning} (${p.range})`,
  );
}

/** The names of the hyper-parameters that a configuration leaves to the data. */
export function leftToData(given: GivenConfig): string[] {
  return Object.entries(parametersOf[given.model])
    .filter(([name, { fromData }]) => fromData !== undefined && given[name] === undefined)
    .map(([name]) => name);
}

/** The hyper-parameters of a model that have a search range, with that range. */
export function searchRanges(model: ModelName): ReadonlyMap<string, SearchRange> {
  const ranges = new Map<string, SearchRange>();
  for (const [name, { search }] of Object.entries(parametersOf[model])) {
    if (search !== undefined) ranges.set(name, search);
  }
  return ranges;
}

/** The search ranges of a model as lines of text, for `--help`. */
export function describeSearch(model: ModelName): string[] {
  return Array.from(searchRanges(model), ([name, range]) => `${name}: ${rangeInWords(range)}`);
}

function rangeInWords(range: SearchRange): string {
  switch (range.kind) {
    case 'choice':
      return `one of ${range.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'budget':
      return 'a ninth of it at first; promising trials get a third, then all';
    default:
      return `${range.kind} from ${range.low} to ${range.high}`;
  }
}
