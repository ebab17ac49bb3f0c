/** Every hyper-parameter of every model, and how given values are checked. */

import { z } from 'zod';
import { ConfigError, quote, showValue } from '../errors.js';
import { between, integer, oneOf, type ParameterTable, real, searched } from './parameter.js';

const likelihoods = ['multinomial', 'bernoulli', 'gaussian'] as const;
export type Likelihood = (typeof likelihoods)[number];

const precisions = ['f32', 'bf16'] as const;
/** What the operands of matrix products are rounded to; sums and parameters are always f32. */
export type Precision = (typeof precisions)[number];

/** Seeds are the same kind of number everywhere. */
const seed = integer(0, 2 ** 32 - 1, 1, 'seed of initial weights, order, dropout and noise');

/** What every network has that is trained by gradient steps. */
const trainingParameters = {
  dropout: searched(
    real(0, 0.99, 0.5, 'probability of dropping an input click while training'),
    between('uniform', 0.2, 0.7),
  ),
  learningRate: searched(
    real(1e-7, 1, 1e-3, 'Adam’s step size'),
    between('log-uniform', 3e-4, 3e-3),
  ),
  batchSize: searched(integer(1, 65536, 500, 'users a step'), oneOf(100, 250, 500, 1000)),
  epochs: searched(integer(1, 100_000, 200, 'most passes over the training users'), {
    kind: 'budget',
  }),
  patience: integer(
    0,
    100_000,
    0,
    'epochs without a better validation NDCG@100 before stopping; 0 never stops early',
  ),
  precision: {
    schema: z.enum(precisions),
    range: `one of ${precisions.join(', ')}`,
    default: 'f32' as Precision,
    meaning:
      'operands of matrix products while training; bf16 takes --backend native and a processor with AVX-512-BF16',
  },
  seed,
} as const satisfies ParameterTable;

/** Every hyper-parameter of Mult-VAE, with the defaults of Liang et al. 2018. */
export const multVaeParameters = {
  hiddenDims: {
    schema: z.array(z.int().min(1).max(8192)).min(1).max(8),
    range: '1 to 8 integers from 1 to 8192',
    default: [600] as number[],
    meaning: 'widths of the encoder’s hidden layers; the decoder mirrors them',
    search: oneOf([200], [400], [600], [1000]),
  },
  latentDim: searched(
    integer(1, 4096, 200, 'width of the latent code z'),
    between('log-uniform integer', 50, 400),
  ),
  likelihood: {
    schema: z.enum(likelihoods),
    range: `one of ${likelihoods.join(', ')}`,
    default: 'multinomial' as Likelihood,
    meaning: 'p(x|z)',
  },
  ...trainingParameters,
  betaCap: searched(
    real(0, 100, 0.2, 'weight of the KL term after annealing'),
    between('log-uniform', 0.05, 1),
  ),
  annealFraction: searched(
    real(
      0,
      100,
      1,
      'part of the planned updates over which β rises from 0 to betaCap; 0 starts at the cap, above 1 never reaches it',
    ),
    between('uniform', 0.1, 1),
  ),
} as const satisfies ParameterTable;

/** Every hyper-parameter of Mult-DAE, with the defaults of Liang et al. 2018 and their code. */
export const multDaeParameters = {
  hiddenDims: {
    schema: z.array(z.int().min(1).max(8192)).max(8),
    range: '0 to 8 integers from 1 to 8192',
    default: [] as number[],
    meaning: 'widths of layers between the items and the code; the decoder mirrors them',
    search: oneOf([], [600]),
  },
  latentDim: searched(
    integer(1, 4096, 200, 'width of the code'),
    between('log-uniform integer', 100, 600),
  ),
  weightPenalty: searched(
    real(0, 100, 0.01 / 500, 'λ of λ·Σ W² over all kernels, added to the mean loss'),
    between('log-uniform', 1e-6, 1e-3),
  ),
  ...trainingParameters,
} as const satisfies ParameterTable;

/** Every hyper-parameter of RecVAE, with the defaults of Shenbin et al. 2020 for MovieLens 20M. */
export const recVaeParameters = {
  hiddenDim: searched(
    integer(1, 8192, 600, 'width of the encoder’s five hidden layers'),
    oneOf(300, 600, 900),
  ),
  latentDim: searched(
    integer(1, 4096, 200, 'width of the latent code z'),
    between('log-uniform integer', 50, 400),
  ),
  gamma: searched(
    real(0, 100, 0.005, 'weight of the KL term for each click of a user'),
    between('log-uniform', 0.001, 0.02),
  ),
  ...trainingParameters,
  learningRate: searched(
    real(1e-7, 1, 5e-4, 'step size of both Adams'),
    between('log-uniform', 2e-4, 2e-3),
  ),
  epochs: searched(integer(1, 100_000, 50, 'most rounds of encoderPasses and decoderPasses'), {
    kind: 'budget',
  }),
  encoderPasses: integer(1, 100, 3, 'passes of a round that move the encoder, with dropout'),
  decoderPasses: integer(1, 100, 1, 'passes of a round that move the decoder, without dropout'),
} as const satisfies ParameterTable;

/** EASE's one hyper-parameter, with the value of Steck 2019 for MovieLens 20M. */
export const easeParameters = {
  lambda: searched(
    real(1e-3, 1e9, 500, 'weight of the squares of the item-item weights'),
    between('log-uniform', 10, 10_000),
  ),
} as const satisfies ParameterTable;

/** Those of item-based nearest neighbours. */
export const itemKnnParameters = {
  neighbours: searched(
    integer(1, 100_000, 100, 'neighbours that each item keeps'),
    between('log-uniform integer', 10, 1000),
  ),
  shrinkage: searched(
    real(0, 1e6, 10, 'added to the denominator of the cosine: it shrinks what few users say'),
    between('log-uniform', 1, 1000),
  ),
} as const satisfies ParameterTable;

/** A model that an ensemble blends, and how much of it. */
export interface EnsembleMember {
  readonly weight: number;
  readonly config: SingleConfig;
}

/** An ensemble's parameters; by default what EASE and autoencoders add to each other. */
export const ensembleParameters = {
  members: {
    schema: z
      .array(
        z.strictObject({
          weight: z.number().min(-1000).max(1000),
          config: z.looseObject({ model: z.string() }),
        }),
      )
      .min(1)
      .max(32) as unknown as z.ZodType<readonly EnsembleMember[]>,
    range: '1 to 32 of { "weight": a number, "config": a model with its hyper-parameters }',
    default: [
      { weight: 0.2, config: { model: 'ease' } },
      { weight: 0.4, config: { model: 'mult-dae', seed: 1 } },
      { weight: 0.4, config: { model: 'mult-vae', seed: 2 } },
    ] as unknown as readonly EnsembleMember[],
    meaning: 'models whose scores, standardised for each user, are added',
    complete: (value: unknown, source: string) => completeMembers(value, source),
  },
  seed: integer(
    1,
    4_000_000,
    1,
    'moves the seeds of the members: 1 leaves them, each further one adds 1000',
  ),
} as const satisfies ParameterTable;

/** Popularity has nothing to tune. */
export const popularityParameters = {} as const satisfies ParameterTable;

type Values<P extends ParameterTable> = {
  -readonly [K in keyof P]: z.infer<P[K]['schema']>;
};

export type MultVaeConfig = { readonly model: 'mult-vae' } & Readonly<
  Values<typeof multVaeParameters>
>;
export type MultDaeConfig = { readonly model: 'mult-dae' } & Readonly<
  Values<typeof multDaeParameters>
>;
export type RecVaeConfig = { readonly model: 'rec-vae' } & Readonly<
  Values<typeof recVaeParameters>
>;
export type EaseConfig = { readonly model: 'ease' } & Readonly<Values<typeof easeParameters>>;
export type ItemKnnConfig = { readonly model: 'item-knn' } & Readonly<
  Values<typeof itemKnnParameters>
>;
export type PopularityConfig = { readonly model: 'popularity' };
export type EnsembleConfig = { readonly model: 'ensemble' } & Readonly<
  Values<typeof ensembleParameters>
>;
/** A network that is trained by gradient steps. */
export type NetworkConfig = MultVaeConfig | MultDaeConfig | RecVaeConfig;
/** A model that is no blend of others. */
export type SingleConfig = NetworkConfig | EaseConfig | ItemKnnConfig | PopularityConfig;
/** A model's name with all its hyper-parameters. */
export type ModelConfig = SingleConfig | EnsembleConfig;
export type ModelName = ModelConfig['model'];
/** The configuration of one model. */
export type ConfigOf<Name extends ModelName> = Extract<ModelConfig, { readonly model: Name }>;

export const parametersOf: Record<ModelName, ParameterTable> = {
  'mult-vae': multVaeParameters,
  'mult-dae': multDaeParameters,
  'rec-vae': recVaeParameters,
  ease: easeParameters,
  'item-knn': itemKnnParameters,
  popularity: popularityParameters,
  ensemble: ensembleParameters,
};

/** The models that `train --model` takes. */
export const modelNames = Object.keys(parametersOf) as ModelName[];

/**
 * Checks hyper-parameters and fills in defaults.
 *
 * @param values - what the user gave; `model` in it, if any, must agree with the `model` argument
 * @param source - where the values come from, for the message
 * @throws ConfigError naming every unknown or out-of-range parameter with its range
 */
export function parseConfig<Name extends ModelName>(
  model: Name,
  values: Record<string, unknown> = {},
  source = 'config',
): Extract<ModelConfig, { model: Name }> {
  const parameters = parametersOf[model];
  const problems: string[] = [];
  const config: Record<string, unknown> = { model };
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = values[name];
    config[name] = value === undefined ? parameter.default : value;
    if (value === undefined || parameter.schema.safeParse(value).success) {
      config[name] = parameter.complete?.(config[name], `${source}: ${name}`) ?? config[name];
    } else {
      problems.push(
        `${name} is ${showValue(value)}, not ${parameter.range} (default ${JSON.stringify(parameter.default)}): ${parameter.meaning}`,
      );
    }
  }
  for (const name of Object.keys(values)) {
    if (name === 'model') {
      if (values[name] !== model) {
        problems.push(`model is ${quote(String(values[name]))}, but ${model} was asked for`);
      }
    } else if (!Object.hasOwn(parameters, name)) {
      const known = Object.keys(parameters).join(', ') || 'none';
      problems.push(`${quote(name)} is no hyper-parameter of ${model}; it has: ${known}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(`${source}: ${problems.join('; ')}`);
  return config as Extract<ModelConfig, { model: Name }>;
}

function completeMembers(value: unknown, source: string): readonly EnsembleMember[] {
  const members = value as readonly { weight: number; config: { model: string } }[];
  return members.map(({ weight, config }, k) => {
    const place = `${source} ${k + 1}`;
    const model = modelNames.find((name) => name === config.model);
    if (model === undefined || model === 'ensemble') {
      const names = modelNames.filter((name) => name !== 'ensemble').join(', ');
      throw new ConfigError(
        `${place}: model is ${quote(config.model)}; it must be one of ${names}`,
      );
    }
    return { weight, config: parseConfig(model, config, place) };
  });
}

/**
 * Reads `name=value` as `--set` takes it: the value as JSON where it is JSON, else as a string.
 *
 * @throws ConfigError when there is no `=`
 */
export function parseAssignment(text: string): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new ConfigError(`--set ${quote(text)}: write it as name=value`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
