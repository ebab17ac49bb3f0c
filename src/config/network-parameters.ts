/** The hyper-parameters that networks share, and the values that follow the data. */

import { z } from 'zod';
import {
  between,
  following,
  integer,
  oneOf,
  type ParameterTable,
  real,
  searched,
} from './parameter.js';

export const likelihoods = ['multinomial', 'bernoulli', 'gaussian'] as const;
/** The distribution of clicks that a decoder's logits stand for. */
export type Likelihood = (typeof likelihoods)[number];

const precisions = ['f32', 'bf16'] as const;
/** What the operands of matrix products are rounded to; sums and parameters are always f32. */
export type Precision = (typeof precisions)[number];

/** The seed of every model that draws random numbers. */
const seed = integer(0, 2 ** 32 - 1, 1, 'seed of initial weights, order, dropout and noise');

/**
 * A batch size of 1, 2 or 5 times a power of ten, at most 500 and at most a tenth of the training users, where there
 * are ten. So an epoch has ten steps or more, however few the users are.
 */
function batchSizeFor(trainingUsers: number): number {
  const sizes = [500, 200, 100, 50, 20, 10, 5, 2];
  return sizes.find((size) => size <= trainingUsers / 10) ?? 1;
}

/** At least ten epochs, and more where an epoch has few steps, because its NDCG@100 then says little. */
function patienceFor(trainingUsers: number, batchSize: number): number {
  const steps = Math.max(1, Math.ceil(trainingUsers / batchSize));
  return Math.max(10, Math.ceil(200 / steps));
}

/** Hyper-parameters of every network: they steer its gradient steps. */
export const stepParameters = {
  dropout: searched(
    real(0, 0.99, 0.5, 'probability of dropping an input click while training'),
    between('uniform', 0.2, 0.7),
  ),
  learningRate: searched(
    real(1e-7, 1, 1e-3, 'Adam’s step size'),
    between('log-uniform', 3e-4, 3e-3),
  ),
  batchSize: searched(
    following(integer(1, 65536, 500, 'users per step'), {
      meaning: 'a tenth of the training users, rounded down to 1, 2, 5, 10, 20, 50 … 500',
      value: ({ trainingUsers }) => batchSizeFor(trainingUsers),
    }),
    oneOf(100, 250, 500, 1000),
  ),
  epochs: searched(integer(1, 100_000, 200, 'maximum number of passes over the training users'), {
    kind: 'budget',
  }),
  patience: following(
    integer(
      0,
      100_000,
      0,
      'epochs without a better validation NDCG@100 before stopping; 0 never stops early',
    ),
    {
      meaning: 'the epochs of 200 steps, at least 10',
      value: ({ trainingUsers }, { batchSize }) => patienceFor(trainingUsers, batchSize as number),
    },
  ),
  precision: {
    schema: z.enum(precisions),
    range: `one of ${precisions.join(', ')}`,
    default: 'f32' as Precision,
    meaning:
      'number format of the operands of matrix products while training; bf16 needs --backend native and a processor with AVX-512-BF16',
  },
  seed,
} as const satisfies ParameterTable;

/** Those of networks that score all items in a step, unless they sample. */
export const trainingParameters = {
  ...stepParameters,
  sampledItems: {
    schema: z.union([z.number().min(0).lt(1), z.int().min(1).max(10_000_000)]),
    range: '0, a share below 1, or an integer from 1 to 10000000',
    default: 0,
    meaning:
      'how many items join those that a batch clicked in its likelihood: 0 for all (the full softmax), a share of the others below 1, or the number of items to draw; a step’s time then follows them and not the catalogue',
  },
} as const satisfies ParameterTable;
