/** The hyper-parameters of the models that are computed in one go, without epochs. */

import { between, integer, type ParameterTable, real, searched } from './parameter.js';

const userWeight = searched(
  real(
    0,
    2,
    0,
    'a: a user with n clicks counts as much as n^−a says, relative to the mean; 0 counts all users alike, and those with many clicks then decide',
  ),
  between('uniform', 0, 1),
);

const popularityDiscount = searched(
  real(
    0,
    2,
    0,
    'c: an item with n clicks has its scores multiplied by n^−c, relative to the mean, so that popular items lead less; 0 leaves them as they are',
  ),
  between('uniform', 0, 0.3),
);

/** The hyper-parameters of these models, by name. */
export const closedFormModels = {
  /** EASE, with the value of Steck 2019 for MovieLens 20M; with `denoise`, the EDLAE of Steck 2020. */
  ease: {
    lambda: searched(
      real(1e-3, 1e9, 500, 'λ, the L2 penalty on the item-item weights'),
      between('log-uniform', 10, 10_000),
    ),
    denoise: searched(
      real(
        0,
        0.99,
        0,
        'p, the probability with which the model must do without a click: the penalty on an item’s weights grows by p/(1−p) of its clicks (EDLAE); 0 is EASE',
      ),
      between('uniform', 0, 0.8),
    ),
    userWeight,
    popularityDiscount,
  },

  /** Sparse EASE, with EDLAE's diagonal; the values were chosen on MovieLens 1M. */
  'sparse-ease': {
    neighbours: searched(
      integer(1, 100_000, 200, 'number of weights kept per item; twice as many items are tried'),
      between('log-uniform integer', 50, 500),
    ),
    lambda: searched(
      real(1e-3, 1e9, 300, 'λ, the L2 penalty on the item-item weights'),
      between('log-uniform', 10, 10_000),
    ),
    denoise: searched(
      real(
        0,
        0.99,
        0.5,
        'p, the probability with which the model must do without a click, as in `ease`',
      ),
      between('uniform', 0, 0.8),
    ),
    userWeight,
    popularityDiscount,
  },

  /** An autoencoder of infinite width, in closed form; the values were chosen on MovieLens 1M. */
  'kernel-ae': {
    sharpness: searched(
      real(
        0.01,
        100,
        4,
        's of the kernel exp(s·(cosine − 1)) of two users’ clicks; higher, and only users who are much alike count',
      ),
      between('log-uniform', 1, 8),
    ),
    lambda: searched(
      real(1e-3, 1e6, 0.6, 'λ, added to the diagonal of the kernel of all pairs of training users'),
      between('log-uniform', 0.05, 10),
    ),
  },

  /** Item-based nearest neighbours. */
  'item-knn': {
    neighbours: searched(
      integer(1, 100_000, 100, 'number of neighbours kept per item'),
      between('log-uniform integer', 10, 1000),
    ),
    shrinkage: searched(
      real(
        0,
        1e6,
        10,
        'added to the denominator of the cosine, so that pairs with few common users count less',
      ),
      between('log-uniform', 1, 1000),
    ),
  },

  /** Popularity has no hyper-parameters. */
  popularity: {},
} as const satisfies Record<string, ParameterTable>;
