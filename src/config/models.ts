/** Every hyper-parameter of every model: its values, its default, its meaning and where a search looks. */

import { z } from 'zod';
import { ConfigError, quote } from '../errors.js';
import { closedFormModels } from './closed-form-models.js';
import {
  type Likelihood,
  likelihoods,
  stepParameters,
  trainingParameters,
} from './network-parameters.js';
import {
  between,
  type ConfigParser,
  integer,
  oneOf,
  type ParameterTable,
  real,
  searched,
} from './parameter.js';

/** The hyper-parameters of every model but the ensemble. */
const singleModels = {
  /** Mult-VAE, with the defaults of Liang et al. 2018. */
  'mult-vae': {
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
      meaning: 'distribution p(x|z) of the clicks x given the latent code z',
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
        'fraction of the planned updates over which β rises from 0 to betaCap; 0 starts at the cap, above 1 never reaches it',
      ),
      between('uniform', 0.1, 1),
    ),
  },

  /** Mult-DAE, with the defaults of Liang et al. 2018 and their code. */
  'mult-dae': {
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
  },

  /** RecVAE, with the defaults of Shenbin et al. 2020 for MovieLens 20M. */
  'rec-vae': {
    hiddenDim: searched(
      integer(1, 8192, 600, 'width of the encoder’s five hidden layers'),
      oneOf(300, 600, 900),
    ),
    latentDim: searched(
      integer(1, 4096, 200, 'width of the latent code z'),
      between('log-uniform integer', 50, 400),
    ),
    gamma: searched(
      real(0, 100, 0.005, 'weight of the KL term per click of a user'),
      between('log-uniform', 0.001, 0.02),
    ),
    ...trainingParameters,
    learningRate: searched(
      real(1e-7, 1, 5e-4, 'step size of both Adams'),
      between('log-uniform', 2e-4, 2e-3),
    ),
    epochs: searched(
      integer(
        1,
        100_000,
        50,
        'maximum number of rounds; each is encoderPasses, then decoderPasses',
      ),
      {
        kind: 'budget',
      },
    ),
    encoderPasses: integer(1, 100, 3, 'passes per round that train the encoder, with dropout'),
    decoderPasses: integer(1, 100, 1, 'passes per round that train the decoder, without dropout'),
  },

  /** ELSA, with the learning rate of Vančura et al. 2022. */
  elsa: {
    latentDim: searched(
      integer(1, 4096, 256, 'd, numbers that each item has'),
      between('log-uniform integer', 100, 1000),
    ),
    ...stepParameters,
    dropout: searched(
      real(
        0,
        0.99,
        0,
        'probability of dropping an input click while training; the paper drops none',
      ),
      between('uniform', 0, 0.7),
    ),
    learningRate: searched(
      real(1e-7, 1, 0.1, 'Adam’s step size'),
      between('log-uniform', 0.003, 0.3),
    ),
    epochs: searched(integer(1, 100_000, 50, 'maximum number of passes over the training users'), {
      kind: 'budget',
    }),
  },

  ...closedFormModels,
} as const satisfies Record<string, ParameterTable>;

type SchemaOf<P> = P extends { readonly schema: infer S extends z.ZodType } ? S : never;
/** A model's name with a value for each parameter of its table. */
type ConfigFrom<Name, Table> = { readonly model: Name } & {
  readonly [Key in keyof Table]: z.infer<SchemaOf<Table[Key]>>;
};
type SingleConfigs = {
  [Name in keyof typeof singleModels]: ConfigFrom<Name, (typeof singleModels)[Name]>;
};

/** A model that is not a blend of others. */
export type SingleConfig = SingleConfigs[keyof SingleConfigs];

/** A model that an ensemble blends, with its weight. */
export interface EnsembleMember {
  readonly weight: number;
  readonly config: SingleConfig;
}

/** The hyper-parameters of an ensemble; by default it blends EASE with two autoencoders. */
const ensembleParameters = {
  members: {
    schema: z
      .array(
        z.strictObject({
          weight: z.number().min(-1000).max(1000).optional(),
          config: z.looseObject({ model: z.string() }),
        }),
      )
      .min(1)
      .max(32) as unknown as z.ZodType<readonly EnsembleMember[]>,
    range:
      '1 to 32 of { "weight": a number, 1 where it is left out, "config": a model with its hyper-parameters }',
    default: [
      { weight: 0.2, config: { model: 'ease' } },
      { weight: 0.4, config: { model: 'mult-dae', seed: 1 } },
      { weight: 0.4, config: { model: 'mult-vae', seed: 2 } },
    ] as unknown as readonly EnsembleMember[],
    meaning: 'models to blend; their scores are standardised per user, weighted and added',
    complete: completeMembers,
  },
  weights: {
    schema: z.enum(['given', 'validation']),
    range: 'given or validation',
    default: 'given' as 'given' | 'validation',
    meaning:
      'where the members’ weights come from: the configuration, or a search on the validation users, which is drawn towards equal weights and drops members that do not help',
  },
  popularityDiscount: real(
    0,
    2,
    0,
    'c: an item with n clicks loses c·ln(n / mean) from its blended score, where the weights add up to 1, so that popular items lead less; 0 leaves the scores as they are',
  ),
  seed: integer(
    1,
    4_000_000,
    1,
    'shifts the seeds of the members: 1 leaves them unchanged, each further step adds 1000',
  ),
} as const satisfies ParameterTable;

/** Checks each member's configuration and fills in its defaults. */
function completeMembers(
  value: unknown,
  source: string,
  parse: ConfigParser,
): readonly EnsembleMember[] {
  const members = value as readonly { weight?: number; config: { model: string } }[];
  return members.map(({ weight = 1, config }, k) => {
    const place = `${source} ${k + 1}`;
    if (!Object.hasOwn(singleModels, config.model)) {
      const names = Object.keys(singleModels).join(', ');
      throw new ConfigError(
        `${place}: model is ${quote(config.model)}; it must be one of ${names}`,
      );
    }
    return { weight, config: parse(config, place) as SingleConfig };
  });
}

export type EnsembleConfig = ConfigFrom<'ensemble', typeof ensembleParameters>;
/** A model's name with all its hyper-parameters. */
export type ModelConfig = SingleConfig | EnsembleConfig;
export type ModelName = ModelConfig['model'];
/** The configuration of one model. */
export type ConfigOf<Name extends ModelName> = Extract<ModelConfig, { readonly model: Name }>;

export type MultVaeConfig = ConfigOf<'mult-vae'>;
export type MultDaeConfig = ConfigOf<'mult-dae'>;
export type RecVaeConfig = ConfigOf<'rec-vae'>;
export type ElsaConfig = ConfigOf<'elsa'>;
export type EaseConfig = ConfigOf<'ease'>;
export type SparseEaseConfig = ConfigOf<'sparse-ease'>;
export type KernelAeConfig = ConfigOf<'kernel-ae'>;
export type ItemKnnConfig = ConfigOf<'item-knn'>;
export type PopularityConfig = ConfigOf<'popularity'>;
/** A network that is trained by gradient steps. */
export type NetworkConfig = Extract<SingleConfig, { readonly learningRate: number }>;

/** The hyper-parameters of each model, by name. */
export const parametersOf: Record<ModelName, ParameterTable> = {
  ...singleModels,
  ensemble: ensembleParameters,
};

/** The name with which `train --model` tries several models. */
export const auto = 'auto';

/** The models that `train --model` takes. */
export const modelNames = Object.keys(parametersOf) as ModelName[];
