/** Training a model that is computed in one go, without epochs. */

import type { StoredTensors } from '../../runs/format.js';
import { writeOrigin } from './checkpoint.js';
import type { ModelTraining, TrainedModel } from './model-training.js';

/**
 * Trains a model whose weights follow from the clicks by a formula. A resumed training starts again.
 *
 * @param compute - gives the weights
 */
export async function trainClosedForm(
  { origin, folder }: ModelTraining,
  compute: () => StoredTensors | Promise<StoredTensors>,
): Promise<TrainedModel> {
  writeOrigin(folder, origin);
  const started = performance.now();
  const weights = await compute();
  const durationS = (performance.now() - started) / 1000;
  return { weights, log: [], best: null, durationS };
}
