import type { TensorFlow } from '../engine.js';
import type { OwnKernels } from '../own-kernels.js';
import { define } from './registry.js';

/** This package's own kernels, each one pass over its data. */
export function registerFused(tf: TensorFlow): void {
  define<OwnKernels['MultvaeSparseProduct']>(
    tf,
    'MultvaeSparseProduct',
    ({ inputs, attrs: { rows }, backend }) => {
      const kernel = inputs.kernel!;
      const width = kernel.shape[1]!;
      const out = backend.allocate([rows.clicks.rows, width]);
      backend.kernels.sparseForward(rows, backend.floats(kernel), backend.floats(out), width);
      return out;
    },
  );

  define<OwnKernels['MultvaeSparseProductGradient']>(
    tf,
    'MultvaeSparseProductGradient',
    ({ inputs, attrs: { rows }, backend }) => {
      const dy = inputs.dy!;
      const width = dy.shape[1]!;
      const out = backend.allocate([rows.clicks.columns, width]);
      backend.kernels.sparseBackward(rows, backend.floats(dy), backend.floats(out), width);
      return out;
    },
  );

  define<OwnKernels['MultvaeMultinomialNll']>(
    tf,
    'MultvaeMultinomialNll',
    ({ inputs, attrs: { clicks }, backend }) => {
      const nll = backend.allocate([clicks.rows]);
      const parts = backend.allocate([clicks.rows, 2]);
      const logits = backend.floats(inputs.logits!);
      backend.kernels.multinomialNll(logits, clicks, backend.floats(nll), backend.floats(parts));
      return [nll, parts];
    },
  );

  define<OwnKernels['MultvaeMultinomialNllGradient']>(
    tf,
    'MultvaeMultinomialNllGradient',
    ({ inputs, attrs: { clicks, overwrite }, backend }) => {
      const logits = inputs.logits!;
      const out = overwrite ? backend.share(logits, logits.shape) : backend.allocate(logits.shape);
      const [f, parts, dy] = [logits, inputs.parts!, inputs.dy!].map((x) => backend.floats(x));
      backend.kernels.multinomialNllGradient(f!, clicks, parts!, dy!, backend.floats(out));
      return out;
    },
  );

  define<OwnKernels['MultvaeAdam']>(tf, 'MultvaeAdam', ({ inputs, attrs, backend }) => {
    const after = [inputs.weight!, inputs.m!, inputs.v!].map((old) => backend.toWriteOn(old));
    const [weight, m, v] = after.map((x) => backend.floats(x));
    const gradient = backend.floats(inputs.gradient!);
    backend.kernels.adam(weight!, m!, v!, gradient, attrs, attrs.update);
    return after;
  });

  define<OwnKernels['MultvaeLayerNorm']>(
    tf,
    'MultvaeLayerNorm',
    ({ inputs, attrs: { epsilon }, backend }) => {
      const { x, gain, bias } = inputs;
      const [rows, columns] = x!.shape as [number, number];
      const results = [[rows, columns], [rows], [rows]].map((shape) => backend.allocate(shape));
      const [from, by, plus] = [x!, gain!, bias!].map((tensor) => backend.floats(tensor));
      const [out, mean, spread] = results.map((tensor) => backend.floats(tensor));
      backend.kernels.layerNorm(from!, by!, plus!, epsilon, rows, columns, out!, mean!, spread!);
      return results;
    },
  );

  define<OwnKernels['MultvaeLayerNormGradient']>(
    tf,
    'MultvaeLayerNormGradient',
    ({ inputs, backend }) => {
      const { dy, x, gain, mean, inverseSpread } = inputs;
      const [rows, columns] = x!.shape as [number, number];
      const results = [[rows, columns], [columns], [columns]].map((s) => backend.allocate(s));
      const [d, from, by, m, spread] = [dy!, x!, gain!, mean!, inverseSpread!].map((tensor) =>
        backend.floats(tensor),
      );
      const [dx, dGain, dBias] = results.map((tensor) => backend.floats(tensor));
      backend.kernels.layerNormGradient(
        ...([d!, from!, by!, m!, spread!] as const),
        ...([rows, columns, dx!, dGain!, dBias!] as const),
      );
      return results;
    },
  );

  define(tf, 'MultvaeTanhGradient', ({ inputs, backend }) => {
    const { shape } = inputs.dy!;
    const out = backend.allocate(shape);
    const [dy, y] = [inputs.dy!, inputs.y!].map((tensor) => backend.floats(tensor));
    backend.kernels.binary('tanhGradient', dy!, shape, y!, shape, backend.floats(out));
    return out;
  });

  define(tf, 'MultvaeSampleCode', ({ inputs, backend }) => {
    const out = backend.allocate(inputs.mu!.shape);
    const [mu, logvar, noise] = [inputs.mu!, inputs.logvar!, inputs.noise!].map((tensor) =>
      backend.floats(tensor),
    );
    backend.kernels.sampleCode(mu!, logvar!, noise!, backend.floats(out));
    return out;
  });

  define(tf, 'MultvaeSampleCodeGradient', ({ inputs, backend }) => {
    const out = backend.allocate(inputs.dy!.shape);
    const [dy, logvar, noise] = [inputs.dy!, inputs.logvar!, inputs.noise!].map((tensor) =>
      backend.floats(tensor),
    );
    backend.kernels.sampleCodeGradient(dy!, logvar!, noise!, backend.floats(out));
    return out;
  });

  define(tf, 'MultvaeDivergence', ({ inputs, backend }) => {
    const [rows, columns] = inputs.mu!.shape as [number, number];
    const out = backend.allocate([rows]);
    const [mu, logvar] = [inputs.mu!, inputs.logvar!].map((tensor) => backend.floats(tensor));
    backend.kernels.divergence(mu!, logvar!, rows, columns, backend.floats(out));
    return out;
  });

  define(tf, 'MultvaeDivergenceGradient', ({ inputs, backend }) => {
    const [rows, columns] = inputs.mu!.shape as [number, number];
    const results = [1, 2].map(() => backend.allocate([rows, columns]));
    const [dy, mu, logvar] = [inputs.dy!, inputs.mu!, inputs.logvar!].map((tensor) =>
      backend.floats(tensor),
    );
    const [dMu, dLogvar] = results.map((tensor) => backend.floats(tensor));
    backend.kernels.divergenceGradient(dy!, mu!, logvar!, rows, columns, dMu!, dLogvar!);
    return results;
  });

  define<OwnKernels['MultvaeTopN']>(
    tf,
    'MultvaeTopN',
    ({ inputs, attrs: { mask, n }, backend }) => {
      const [hidden, kernel, bias] = [inputs.hidden!, inputs.kernel!, inputs.bias!];
      const size = mask.rows * n;
      const items = new Int32Array(size);
      const scores = new Float32Array(size);
      const { kernels } = backend;
      const layer = backend.packed(kernel, bias);
      const h = backend.floats(hidden);
      if (layer !== null) {
        kernels.packedTopN(h, layer, mask, n, items, scores);
      } else {
        const [w, b] = [backend.floats(kernel), backend.floats(bias)];
        kernels.decodeTopN(h, w, b, kernel.shape[0]!, mask, n, items, scores);
      }
      const shape = [mask.rows, n];
      return [
        backend.makeTensorInfo(shape, 'int32', items),
        backend.makeTensorInfo(shape, 'float32', scores),
      ];
    },
  );
}
