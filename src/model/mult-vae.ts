import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend/engine.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { Autoencoder, takeData } from './autoencoder.js';
import { checkRows } from './blocks.js';
import { decodeHidden } from './decoder.js';
import { encode, type Posterior } from './encoder.js';
import { normalizedRows } from './input.js';
import type { Latent, LatentCode } from './recommender.js';

/** A trained Mult-VAE (Liang et al. 2018): scores are the decoder's logits at z = μ. */
export class MultVae extends Autoencoder implements Latent {
  readonly model = 'mult-vae';

  async encode(rows: ClickMatrix): Promise<LatentCode> {
    checkRows(this, rows);
    return latentCode(this.engine.tf, () => this.#posterior(rows));
  }

  protected override hidden(rows: ClickMatrix): Tensor2D {
    const { mu } = this.#posterior(rows); // [B, L]
    return decodeHidden(this.engine.tf, this.shape, this.weights, mu); // [B, H]
  }

  #posterior(rows: ClickMatrix): Posterior {
    return encode(this.engine.tf, this.shape, this.weights, normalizedRows(rows));
  }
}

/** A posterior as arrays. @param posterior - its tensors are freed */
export async function latentCode(tf: TensorFlow, posterior: () => Posterior): Promise<LatentCode> {
  const { mean, spread } = tf.tidy(() => {
    const { mu, logvar } = posterior();
    return { mean: mu, spread: tf.exp(tf.mul(logvar, 0.5)) };
  });
  const dimensions = mean.shape[1];
  return { mean: await takeData(mean), spread: await takeData(spread), dimensions };
}
