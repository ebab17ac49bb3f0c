import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EnsembleConfig, SingleConfig } from '../../config/models.js';
import { readWhole, replaceFile } from '../../runs/durable-files.js';
import type { StoredTensors } from '../../runs/format.js';
import { decodeSafetensors, encodeSafetensors } from '../../runs/safetensors.js';
import { joinedWeights } from '../ensemble.js';
import { hasCheckpoint } from './checkpoint.js';
import type { ModelTraining, TrainedModel } from './model-training.js';

/** A member that is trained, until all are. */
const finishedFile = 'finished.safetensors';
/** How far apart the members' seeds are for two seeds of the ensemble. */
const seedStride = 1000;

/**
 * Trains the members of an ensemble one after the other, each as it would be trained alone. What is
 * finished stays in the folder, so a stopped training goes on within the member that it had come to.
 *
 * @param trainMember - trains a single model
 */
export async function trainEnsemble(
  training: ModelTraining<EnsembleConfig>,
  trainMember: (training: ModelTraining) => Promise<TrainedModel>,
): Promise<TrainedModel> {
  const { origin, folder, resume, onMember } = training;
  const { members } = origin.config;
  const weights: StoredTensors[] = [];
  let durationS = 0;
  for (const [index, member] of members.entries()) {
    const own = join(folder, `member${index + 1}`);
    const path = join(own, finishedFile);
    if (!resume || !existsSync(path)) {
      const config = seeded(member.config, origin.config.seed);
      onMember?.(index + 1, config);
      mkdirSync(own, { recursive: true });
      const trained = await trainMember({
        ...training,
        origin: { ...origin, config },
        folder: own,
        resume: resume && hasCheckpoint(own),
      });
      const seconds = { durationS: String(trained.durationS) };
      replaceFile(path, encodeSafetensors(trained.weights, seconds));
      training.signal?.throwIfAborted();
    }
    const { tensors, metadata } = decodeSafetensors(readWhole(path), path);
    weights.push(tensors);
    durationS += Number(metadata.durationS);
  }
  return { weights: joinedWeights(weights), log: [], best: null, durationS };
}

/** The member as a seed of the ensemble trains it; seed 1 leaves it as it is written. */
function seeded(config: SingleConfig, seed: number): SingleConfig {
  if (!('seed' in config)) return config;
  return { ...config, seed: (config.seed + seedStride * (seed - 1)) % 2 ** 32 };
}
