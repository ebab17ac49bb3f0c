/** Generates ratings in the shape of MovieLens from a seed. */
import { ArgumentError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { drawActivity } from './activity.js';
import { AliasTable } from './alias-table.js';
import { type ChosenItems, fillWithDistinct } from './distinct-items.js';
import { drawMixture, type Mixture } from './mixture.js';
import { type InventedItem, inventItems, type Taste, tastes } from './synthetic-items.js';

/** The numbers of users, items and ratings of a data set. */
export interface Shape {
  readonly users: number;
  readonly items: number;
  readonly ratings: number;
}

/** The shapes of the MovieLens data sets (rated items, not catalogue) and of the embedded sample. */
export const shapes: Readonly<Record<string, Shape>> = {
  sample: { users: 1_000, items: 500, ratings: 60_000 },
  'ml-latest-small': { users: 610, items: 9_724, ratings: 100_836 },
  'ml-100k': { users: 943, items: 1_682, ratings: 100_000 },
  'ml-1m': { users: 6_040, items: 3_706, ratings: 1_000_209 },
  'ml-10m': { users: 69_878, items: 10_677, ratings: 10_000_054 },
  'ml-20m': { users: 138_493, items: 26_744, ratings: 20_000_263 },
  'ml-25m': { users: 162_541, items: 59_047, ratings: 25_000_095 },
  'ml-32m': { users: 200_948, items: 84_432, ratings: 32_000_204 },
};

/** The seed of `datasets/sample`. */
export const sampleSeed = 20180423;

/**
 * Reads a shape by name, or as `USERSxITEMSxRATINGS`.
 *
 * @throws ArgumentError when it is neither, or no data set can have it
 */
export function parseShape(text: string): Shape {
  const named = shapes[text];
  if (named) return named;
  const match = /^(\d+)x(\d+)x(\d+)$/.exec(text);
  if (!match) {
    throw new ArgumentError(
      `--shape ${text}: give shop, one of ${Object.keys(shapes).join(', ')}, or USERSxITEMSxRATINGS such as 5000x2000x400000; catalogue-100k to catalogue-1m are large catalogues.`,
    );
  }
  const shape = { users: Number(match[1]), items: Number(match[2]), ratings: Number(match[3]) };
  const { users, items, ratings } = shape;
  if (users < 10 || items < 20 || users > 10_000_000 || items > 1_000_000) {
    throw new ArgumentError(
      `--shape ${text}: users go from 10 to 10,000,000 and items from 20 to 1,000,000.`,
    );
  }
  if (ratings < Math.max(items, users * minActivity(shape)) || ratings > 0.5 * users * items) {
    throw new ArgumentError(
      `--shape ${text}: ratings must be at least one an item and ${minActivity(shape)} a user, and at most half of users × items (${Math.floor(0.5 * users * items)}).`,
    );
  }
  return shape;
}

/** The ratings of one user. The next user reuses the arrays. */
export interface UserRatings {
  readonly user: number;
  readonly count: number;
  /** Item numbers from 0, ascending. */
  readonly items: Int32Array;
  /** Half stars: 1 is 0.5, 10 is 5. */
  readonly halfStars: Uint8Array;
  /** Unix seconds. */
  readonly timestamps: Float64Array;
}

/** The ratings of the least active user: 20 as in MovieLens, fewer in tiny shapes. */
function minActivity(shape: Shape): number {
  return Math.max(1, Math.min(20, Math.floor(shape.items / 4)));
}

/**
 * Ratings in the shape of MovieLens from a seeded latent-factor model, one user at a time.
 *
 * Each user mixes a few tastes; a taste is a genre around a year. A user draws items from a taste without repetition.
 * The probability of an item is proportional to its popularity times its fit to the taste. The rating depends on the
 * item's quality, its fit and noise. Popularity falls like 1/(rank + 10) and activity is log-normal above 20 ratings,
 * as in MovieLens. The numbers of users, items and ratings are exactly the shape's, and every item has a rating.
 */
export class SyntheticRatings {
  readonly shape: Shape;
  readonly items: readonly InventedItem[];
  readonly #seed: number;
  readonly #activity: Int32Array;
  /** [tastes][items], for drawing. */
  readonly #drawers: readonly AliasTable[];
  /** [items × tastes], in 0..1. */
  readonly #fits: Float32Array;
  /** [items], in stars around 0. */
  readonly #quality: Float32Array;
  /** By user: the items that the user must rate. Each item has one such user, so no item stays unrated. */
  readonly #owned: readonly (readonly number[] | undefined)[];

  constructor(shape: Shape, seed: number) {
    this.shape = shape;
    this.#seed = seed;
    this.items = inventItems(shape.items, new RandomStream(seed, 'items'));
    this.#activity = drawActivity(
      {
        people: shape.users,
        total: shape.ratings,
        minimum: minActivity(shape),
        maximum: Math.floor(0.6 * shape.items),
        deviation: 1.25,
      },
      new RandomStream(seed, 'activity'),
    );

    const random = new RandomStream(seed, 'popularity');
    const rank = random.permutation(shape.items);
    const popularity = Float64Array.from(rank, (r) => 1 / (r + 10));
    this.#quality = Float32Array.from(rank, (r) => {
      return 0.35 * random.normal() + 0.3 * (0.5 - Math.log1p(r) / Math.log1p(shape.items));
    });
    this.#fits = new Float32Array(shape.items * tastes.length);
    this.#drawers = tastes.map((taste, t) => {
      const weights = this.items.map((item, i) => {
        const fit = fitOf(item, taste);
        this.#fits[i * tastes.length + t] = fit;
        return popularity[i]! * (0.03 + fit * fit);
      });
      return new AliasTable(weights);
    });
    this.#owned = drawOwners(shape, this.#activity, new RandomStream(seed, 'owners'));
  }

  /** All users in ascending order. Each has a random stream of its own. */
  *users(): Generator<UserRatings> {
    const largest = this.#activity.reduce((maximum, n) => Math.max(maximum, n), 0);
    const items = new Int32Array(largest);
    const halfStars = new Uint8Array(largest);
    const timestamps = new Float64Array(largest);
    const chosenBy = new Int32Array(this.shape.items).fill(-1);
    for (let user = 0; user < this.shape.users; user++) {
      const random = new RandomStream(this.#seed, 'user', user);
      const mixture = drawMixture(tastes.length, random);
      const count = this.#activity[user]!;
      const chosen = items.subarray(0, count);
      this.#choose(user, mixture, { chosen, chosenBy }, random);
      chosen.sort();
      let time = 820_454_400 + random.integer(610_000_000);
      for (let k = 0; k < count; k++) {
        halfStars[k] = this.#rate(chosen[k]!, mixture, random);
        time += random.integer(90);
        timestamps[k] = time;
      }
      yield { user, count, items, halfStars, timestamps };
    }
  }

  /** Fills `chosen` with different items; `chosenBy` has the last user who chose each item. */
  #choose(
    user: number,
    mixture: Mixture,
    { chosen, chosenBy }: ChosenItems,
    random: RandomStream,
  ): void {
    let size = 0;
    for (const item of this.#owned[user] ?? []) {
      chosenBy[item] = user;
      chosen[size++] = item;
    }
    fillWithDistinct(user, { chosen, chosenBy }, size, {
      draw: () => this.#drawers[mixture.draw(random)]!.draw(random),
      drawAny: () => random.integer(this.shape.items),
      maxMisses: 200,
    });
  }

  #rate(item: number, mixture: Mixture, random: RandomStream): number {
    let fit = 0;
    for (let t = 0; t < mixture.tastes.length; t++) {
      fit += mixture.weights[t]! * this.#fits[item * tastes.length + mixture.tastes[t]!]!;
    }
    const stars = 3.7 + this.#quality[item]! + 1.3 * (fit - 0.25) + 0.75 * random.normal();
    // Most people round to whole stars.
    const halves = random.float() < 0.7 ? 2 * Math.round(stars) : Math.round(2 * stars);
    return Math.min(10, Math.max(1, halves));
  }
}

/** The fit of an item to a taste, 0..1: by genre, and by the distance of the years. */
function fitOf(item: InventedItem, taste: Taste): number {
  const place = item.genres.indexOf(taste.genre);
  const genre = place < 0 ? 0 : place === 0 ? 1 : 0.6;
  const decades = (item.year - taste.year) / 10;
  return genre * Math.exp(-0.5 * (decades / 1.2) ** 2);
}

function drawOwners(shape: Shape, activity: Int32Array, random: RandomStream) {
  const owned: number[][] = [];
  for (let item = 0; item < shape.items; item++) {
    for (;;) {
      const user = random.integer(shape.users);
      const held = owned[user]?.length ?? 0;
      if (held < activity[user]!) {
        if (held === 0) owned[user] = [];
        owned[user]!.push(item);
        break;
      }
    }
  }
  return owned;
}
