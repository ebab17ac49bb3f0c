/** Trains the model that a program chooses: one by its name, or the best of several. */

import { auto, type ModelName } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import type { HomeAt } from '../../data/store/place.js';
import { ArgumentError, ConfigError, quote } from '../../errors.js';
import {
  configOf,
  type HomeTrainingOptions,
  idOf,
  type ModelChoice,
  type ParametersOf,
  type TrainableName,
} from '../home-options.js';
import { type FinishedTraining, trainRun } from '../training.js';
import { trainAuto } from './auto.js';
import { configFrom } from './warm-start.js';

/**
 * Trains what the options choose, and publishes the run.
 *
 * @throws ConfigError for a wrong hyper-parameter, ArgumentError for a time that is none
 */
export async function trainChosen<Name extends TrainableName>(
  home: HomeAt,
  { from: earlier, ...options }: HomeTrainingOptions<Name>,
): Promise<FinishedTraining> {
  const { model, parameters, maxDurationS } = options;
  if (earlier !== undefined) {
    if (model === auto) {
      throw new ArgumentError(`from is for one model, and ${auto} tries several; leave one out`);
    }
    const from = idOf(earlier);
    const named: ModelName | null = model ?? null;
    const given = { model: named, values: { ...parameters }, source: 'parameters' };
    const config = await configFrom(home, from, given);
    return trainRun({ ...options, home, config, from, protocol: options });
  }
  if (model !== auto) {
    const choice = { model, parameters } as ModelChoice<ModelName>;
    return trainRun({ ...options, home, config: configOf(choice), protocol: options });
  }
  if (maxDurationS !== undefined && !(maxDurationS > 0)) {
    throw new ArgumentError(`maxDurationS is ${maxDurationS}; give a number of seconds above 0`);
  }
  const { seed, ...others } = { ...parameters } as ParametersOf<typeof auto>;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new ConfigError(
      `parameters: ${auto} chooses ${quote(other)} itself; leave it out, or name one model, such as mult-vae`,
    );
  }
  if (seed !== undefined) parseConfig('mult-vae', { seed }, 'parameters');
  return trainAuto({ ...options, home, protocol: options, ...(seed !== undefined && { seed }) });
}
