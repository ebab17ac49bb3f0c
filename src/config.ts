import { z } from 'zod';
import { ConfigError, quote } from './errors.js';

/** One hyper-parameter: what it may be, what it is unless said otherwise, and what it means. */
interface Parameter<T> {
  readonly schema: z.ZodType<T>;
  /** The allowed values in words, for messages and `--help`. */
  readonly range: string;
  /** The paper's value where the paper has one. */
  readonly default: T;
  readonly meaning: string;
}

function integer(low: number, high: number, fallback: number, meaning: string): Parameter<number> {
  return {
    schema: z.int().min(low).max(high),
    range: `an integer from ${low} to ${high}`,
    default: fallback,
    meaning,
  };
}

function real(low: number, high: number, fallback: number, meaning: string): Parameter<number> {
  return {
    schema: z.number().min(low).max(high),
    range: `a number from ${low} to ${high}`,
    default: fallback,
    meaning,
  };
}

const likelihoods = ['multinomial', 'bernoulli', 'gaussian'] as const;
export type Likelihood = (typeof likelihoods)[number];

const precisions = ['f32', 'bf16'] as const;
/** What the operands of matrix products are rounded to; sums and parameters are always f32. */
export type Precision = (typeof precisions)[number];

/** Seeds are the same kind of number everywhere. */
const seed = integer(0, 2 ** 32 - 1, 1, 'seed of initial weights, order, dropout and noise');

/** Every hyper-parameter of Mult-VAE, with the defaults of Liang et al. 2018. */
export const multVaeParameters = {
  hiddenDims: {
    schema: z.array(z.int().min(1).max(8192)).min(1).max(8),
    range: '1 to 8 integers from 1 to 8192',
    default: [600] as number[],
    meaning: 'widths of the encoder’s hidden layers; the decoder mirrors them',
  },
  latentDim: integer(1, 4096, 200, 'width of the latent code z'),
  likelihood: {
    schema: z.enum(likelihoods),
    range: `one of ${likelihoods.join(', ')}`,
    default: 'multinomial' as Likelihood,
    meaning: 'p(x|z)',
  },
  dropout: real(0, 0.99, 0.5, 'probability of dropping an input click while training'),
  learningRate: real(1e-7, 1, 1e-3, 'Adam’s step size'),
  batchSize: integer(1, 65536, 500, 'users a step'),
  epochs: integer(1, 100_000, 200, 'most passes over the training users'),
  betaCap: real(0, 100, 0.2, 'weight of the KL term after annealing'),
  annealFraction: real(
    0,
    100,
    1,
    'part of the planned updates over which β rises from 0 to betaCap; 0 starts at the cap, above 1 never reaches it',
  ),
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
} as const satisfies Record<string, Parameter<unknown>>;

/** Popularity has nothing to tune. */
export const popularityParameters = {} as const satisfies Record<string, Parameter<unknown>>;

type Values<P extends Record<string, Parameter<unknown>>> = {
  -readonly [K in keyof P]: z.infer<P[K]['schema']>;
};

export type MultVaeConfig = { readonly model: 'mult-vae' } & Readonly<
  Values<typeof multVaeParameters>
>;
export type PopularityConfig = { readonly model: 'popularity' };
/** A model's name with all its hyper-parameters. */
export type ModelConfig = MultVaeConfig | PopularityConfig;
export type ModelName = ModelConfig['model'];

const parametersOf: Record<ModelName, Record<string, Parameter<unknown>>> = {
  'mult-vae': multVaeParameters,
  popularity: popularityParameters,
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
export function parseConfig(
  model: 'mult-vae',
  values?: Record<string, unknown>,
  source?: string,
): MultVaeConfig;
export function parseConfig(
  model: ModelName,
  values?: Record<string, unknown>,
  source?: string,
): ModelConfig;
export function parseConfig(
  model: ModelName,
  values: Record<string, unknown> = {},
  source = 'config',
): ModelConfig {
  const parameters = parametersOf[model];
  const problems: string[] = [];
  const config: Record<string, unknown> = { model };
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = values[name];
    config[name] = value === undefined ? parameter.default : value;
    if (value !== undefined && !parameter.schema.safeParse(value).success) {
      problems.push(
        `${name} is ${shown(value)}, not ${parameter.range} (default ${JSON.stringify(parameter.default)}): ${parameter.meaning}`,
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
  return config as ModelConfig;
}

/** A value of any type as JSON, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
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

/** The parameter table of a model as lines of text, for `--help`. */
export function describeParameters(model: ModelName): string[] {
  return Object.entries(parametersOf[model]).map(
    ([name, p]) => `${name} = ${JSON.stringify(p.default)}: ${p.meaning} (${p.range})`,
  );
}

/** How ratings become clicks and clicks become a split (Liang et al. 2018, section 4). */
export const protocolSchema = z.strictObject({
  /** A click is a rating above this; null makes every row a click. */
  ratingThreshold: z.number().nullable(),
  /** Users with fewer clicks are left out. */
  minClicks: z.int().min(1),
  /** H: so many test users and as many validation users. */
  heldoutUsers: z.int().min(1),
  /** Seed of NumPy's legacy generator. */
  splitSeed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** The paper's threshold, minimum and seed. */
export const paperProtocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765 } as const;
