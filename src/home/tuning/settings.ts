/** What tells one search from another. */

import { z } from 'zod';
import { searchRanges } from '../../config/describe.js';
import { type ModelConfig, modelNames } from '../../config/models.js';
import { ArgumentError, quote } from '../../errors.js';
import { type ObjectiveName, objectiveNames } from '../../eval/objective.js';
import type { TrainingOrigin } from '../../model/training/checkpoint.js';
import type { SearchPlan } from '../../model/training/search.js';
import { decodeJson } from '../../runs/json-lines.js';

/** What a search can maximise, on the validation users, and the default. */
export const objectives = { names: objectiveNames, default: 'whole' } as const;

/**
 * Everything that the results of a search depend on, as one text: the same text is the same search, however many
 * trials are wanted of it.
 */
export function searchSettings(
  { base, fixed, seed }: SearchPlan,
  origin: TrainingOrigin,
  objective: ObjectiveName,
): string {
  const { protocol, dataHash, backend } = origin;
  const ranges = Object.fromEntries(searchRanges(base.model));
  // Searches of versions that knew the default objective alone go on.
  const changed = objective === objectives.default ? {} : { objective };
  return JSON.stringify({ base, fixed, seed, ranges, protocol, dataHash, backend, ...changed });
}

const settingsSchema = z.looseObject({
  base: z.looseObject({ model: z.enum(modelNames) }),
  fixed: z.array(z.string()),
  seed: z.number(),
  dataHash: z.string(),
  backend: z.string(),
  objective: z.enum(objectiveNames).default(objectives.default),
});

/** What a search is about, read from its settings. */
export interface SearchSubject {
  readonly model: ModelConfig['model'];
  /** The configuration of the first trial. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly fixed: readonly string[];
  readonly seed: number;
  readonly dataHash: string;
  readonly backend: string;
  readonly objective: ObjectiveName;
}

/** Reads a text of `searchSettings`. @throws RunError where it is of a version that this one cannot read */
export function searchSubject(settings: string, name: string): SearchSubject {
  const { base, fixed, seed, dataHash, backend, objective } = decodeJson(
    settings,
    `the settings of ${name}`,
    settingsSchema,
  );
  return { model: base.model, base, fixed, seed, dataHash, backend, objective };
}

/** The parts of settings, in words. */
const partNames: Readonly<Record<string, string>> = {
  base: 'another first configuration',
  fixed: 'other fixed values',
  seed: 'another seed',
  ranges: 'other search ranges',
  protocol: 'another split',
  dataHash: 'other data',
  backend: 'another backend',
  objective: 'another objective',
};

/** In what two searches differ, in words such as `other data, another seed`. */
export function differences(settings: string, other: string): string {
  const own = JSON.parse(settings) as Record<string, unknown>;
  const others = JSON.parse(other) as Record<string, unknown>;
  return Object.entries(partNames)
    .filter(([part]) => JSON.stringify(own[part]) !== JSON.stringify(others[part]))
    .map(([, words]) => words)
    .join(', ');
}

/** @throws ArgumentError for a name that is no objective */
export function checkObjective(objective: string): void {
  if ((objectiveNames as readonly string[]).includes(objective)) return;
  throw new ArgumentError(
    `objective is ${quote(objective)}; it must be one of ${objectiveNames.join(', ')}`,
  );
}
