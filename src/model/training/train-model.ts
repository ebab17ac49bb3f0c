import type { Engine } from '../../backend/engine.js';
import type { EnsembleConfig, ModelConfig, NetworkConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { StoredTensors } from '../../runs/format.js';
import { trainEase } from '../ease.js';
import { trainItemKnn } from '../item-knn.js';
import { readCheckpoint, writeOrigin } from './checkpoint.js';
import { trainEnsemble } from './ensemble-training.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { trainNetwork } from './trainer.js';

/** Whether a model's training or scoring runs on a backend. */
export function computesWithTensors(config: ModelConfig): boolean {
  if (config.model === 'ensemble') {
    return config.members.some((member) => computesWithTensors(member.config));
  }
  return config.model !== 'popularity' && config.model !== 'item-knn';
}

/**
 * Trains the model that a configuration names. Networks go on where they were stopped, ensembles with the
 * member that was being trained; what is computed in closed form begins anew.
 *
 * @throws DivergenceError, and the signal's reason when it was aborted, after a checkpoint
 */
export async function trainModel(training: ModelTraining): Promise<TrainedModel> {
  const { origin, train, engine, folder } = training;
  const { config } = origin;
  switch (config.model) {
    case 'mult-vae':
    case 'mult-dae':
    case 'rec-vae': {
      const { resume, ...options } = training;
      return trainNetwork({
        ...options,
        engine: engine!,
        origin: { ...origin, config },
        ...(resume && { resume: readCheckpoint(folder) }),
      });
    }
    case 'ensemble':
      writeOrigin(folder, origin);
      return trainEnsemble({ ...training, origin: { ...origin, config } }, trainModel);
    default:
      writeOrigin(folder, origin);
  }
  const started = performance.now();
  const weights = await closedForm(config, train, engine, training.signal);
  const durationS = (performance.now() - started) / 1000;
  return { weights, log: [], best: null, durationS };
}

async function closedForm(
  config: Exclude<ModelConfig, NetworkConfig | EnsembleConfig>,
  train: ClickMatrix,
  engine: Engine | null,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  switch (config.model) {
    case 'ease':
      return trainEase(config, train, engine!, signal);
    case 'item-knn':
      return trainItemKnn(config, train);
    case 'popularity':
      return {};
  }
}
