/** Generates the clicks on a large catalogue from a seed. */
import { ArgumentError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { drawActivity } from './activity.js';
import { AliasTable } from './alias-table.js';
import { type ChosenItems, fillWithDistinct } from './distinct-items.js';

/** The size of a catalogue. */
export interface CatalogueShape {
  readonly users: number;
  readonly items: number;
  readonly clicks: number;
}

/** The catalogues that have a name: as many users as items, and a hundred clicks an item. */
export const catalogues: Readonly<Record<string, CatalogueShape>> = Object.fromEntries(
  [
    ['100k', 100_000],
    ['200k', 200_000],
    ['400k', 400_000],
    ['1m', 1_000_000],
  ].map(([name, items]) => [
    `catalogue-${name}`,
    { users: Number(items), items: Number(items), clicks: 100 * Number(items) },
  ]),
);

/** Items of a niche, on average. */
const nicheItems = 100;
/** Clicks for which a user has one niche more. */
const nicheClicks = 20;
/** The part of clicks in the user's own niches, and the part in niches beside them; the others are of any niche. */
const ownPart = 0.65;
const besidePart = 0.2;
/** How far apart niches are that are clicked together. */
const besideDistance = 3;
/** After so many clicked items in a row, any item is drawn. */
const maxMisses = 60;
const maxActivity = 5_000;

/**
 * Reads the name of a catalogue, or `catalogue:USERSxITEMSxCLICKS`.
 *
 * @returns null for the shape of anything else
 * @throws ArgumentError when no catalogue can have the size
 */
export function parseCatalogue(text: string): CatalogueShape | null {
  if (Object.hasOwn(catalogues, text)) return catalogues[text]!;
  if (!text.startsWith('catalogue')) return null;
  const match = /^catalogue:(\d+)x(\d+)x(\d+)$/.exec(text);
  if (match === null) {
    throw new ArgumentError(
      `--shape ${text}: give ${Object.keys(catalogues).join(', ')}, or catalogue:USERSxITEMSxCLICKS such as catalogue:5000x20000x400000.`,
    );
  }
  const [users = 0, items = 0, clicks = 0] = match.slice(1).map(Number);
  if (users < 10 || users > 10_000_000 || items < 100 || items > 5_000_000) {
    throw new ArgumentError(
      `--shape ${text}: users go from 10 to 10,000,000 and items from 100 to 5,000,000.`,
    );
  }
  const { minimum, maximum } = activityLimits(users, items);
  const most = Math.min(1_000_000_000, users * maximum);
  if (minimum > maximum || clicks < users * minimum || clicks > most) {
    throw new ArgumentError(
      `--shape ${text}: every item is clicked and a user clicks at most ${maximum}, so clicks go from ${users * minimum} to ${most}${minimum > maximum ? '; give more users' : ''}.`,
    );
  }
  return { users, items, clicks };
}

function activityLimits(users: number, items: number): { minimum: number; maximum: number } {
  return {
    minimum: Math.max(5, Math.ceil(items / users)),
    maximum: Math.min(maxActivity, Math.floor(items / 2)),
  };
}

/** The clicks of one user. The next user reuses the arrays. */
export interface UserClicks {
  readonly user: number;
  readonly count: number;
  /** Item numbers from 0, the oldest click first. */
  readonly items: Int32Array;
  /** Unix seconds, ascending. */
  readonly times: Float64Array;
}

/**
 * The clicks on a large catalogue, one user at a time.
 *
 * Items lie in niches of about a hundred, and niches on a ring. A user has a few niches, more with more clicks, and
 * clicks mostly items of them, some of the niches beside them, and some of any niche; each by popularity, which falls
 * like 1/(rank + 50). Activity is log-normal. The numbers of users, items and clicks are exactly the shape's: every
 * item is clicked, and nobody clicks an item twice.
 */
export class SyntheticCatalogue {
  readonly shape: CatalogueShape;
  readonly #seed: number;
  readonly #activity: Int32Array;
  /** [items], in the order of niches. */
  readonly #items: Int32Array;
  /** [items + 1]: how popular the items before each place of `#items` are together. */
  readonly #popularity: Float64Array;
  /** [niches + 1], the place in `#items` where each niche begins. */
  readonly #niches: Int32Array;
  readonly #nicheDrawer: AliasTable;
  /** [items]: item k belongs to user k % users, who clicks it whatever else she does. */
  readonly #owned: Int32Array;

  constructor(shape: CatalogueShape, seed: number) {
    const { users, items, clicks } = shape;
    this.shape = shape;
    this.#seed = seed;
    this.#activity = drawActivity(
      { people: users, total: clicks, ...activityLimits(users, items), deviation: 1.1 },
      new RandomStream(seed, 'activity'),
    );
    const rank = new RandomStream(seed, 'popularity').permutation(items);
    const niches = Math.max(1, Math.round(items / nicheItems));
    const random = new RandomStream(seed, 'niches');
    const nicheOf = Int32Array.from({ length: items }, () => random.integer(niches));
    this.#niches = new Int32Array(niches + 1);
    for (const niche of nicheOf) this.#niches[niche + 1]!++;
    for (let k = 0; k < niches; k++) this.#niches[k + 1]! += this.#niches[k]!;
    const next = this.#niches.slice();
    this.#items = new Int32Array(items);
    nicheOf.forEach((niche, item) => {
      this.#items[next[niche]!++] = item;
    });
    this.#popularity = new Float64Array(items + 1);
    this.#items.forEach((item, place) => {
      this.#popularity[place + 1] = this.#popularity[place]! + 1 / (rank[item]! + 50);
    });
    this.#nicheDrawer = new AliasTable(
      Array.from({ length: niches }, (_, k) => this.#popularityOf(k)),
    );
    this.#owned = new RandomStream(seed, 'owners').permutation(items);
  }

  /** All users in ascending order. Each has a random stream of its own. */
  *users(): Generator<UserClicks> {
    const largest = this.#activity.reduce((most, count) => Math.max(most, count), 0);
    const items = new Int32Array(largest);
    const times = new Float64Array(largest);
    const chosenBy = new Int32Array(this.shape.items).fill(-1);
    for (let user = 0; user < this.shape.users; user++) {
      const random = new RandomStream(this.#seed, 'user', user);
      const count = this.#activity[user]!;
      this.#choose(user, { chosen: items.subarray(0, count), chosenBy }, random);
      let time = 1_672_531_200 + random.integer(60_000_000);
      for (let k = 0; k < count; k++) {
        time += random.integer(3_600);
        times[k] = time;
      }
      yield { user, count, items, times };
    }
  }

  /** Fills `chosen` with different items; `chosenBy` has the last user who chose each item. */
  #choose(user: number, { chosen, chosenBy }: ChosenItems, random: RandomStream): void {
    const { users, items } = this.shape;
    let owned = 0;
    for (let k = user; k < items; k += users) {
      chosenBy[this.#owned[k]!] = user;
      chosen[owned++] = this.#owned[k]!;
    }
    const own = Int32Array.from({ length: 2 + Math.floor(chosen.length / nicheClicks) }, () =>
      this.#nicheDrawer.draw(random),
    );
    fillWithDistinct(user, { chosen, chosenBy }, owned, {
      draw: () => this.#draw(own, random),
      drawAny: () => random.integer(items),
      maxMisses,
    });
    // An item that a user clicks for sure is clicked at any time.
    for (let k = 0; k < owned; k++) {
      const other = random.integer(chosen.length);
      const item = chosen[k]!;
      chosen[k] = chosen[other]!;
      chosen[other] = item;
    }
  }

  /** @param own - the user's niches, the favourite first */
  #draw(own: Int32Array, random: RandomStream): number {
    const niches = this.#niches.length - 1;
    const part = random.float();
    let niche = own[Math.floor(own.length * random.float() ** 2)]!;
    if (part >= ownPart + besidePart) niche = this.#nicheDrawer.draw(random);
    else if (part >= ownPart) {
      niche += 1 + random.integer(2 * besideDistance) - besideDistance;
      niche = (niche + niches) % niches;
    }
    return this.#drawFrom(niche, random);
  }

  /** An item of a niche, by popularity; of the whole catalogue where the niche is empty. */
  #drawFrom(niche: number, random: RandomStream): number {
    const isEmpty = this.#niches[niche] === this.#niches[niche + 1];
    let first = isEmpty ? 0 : this.#niches[niche]!;
    let last = isEmpty ? this.#items.length : this.#niches[niche + 1]!;
    const before = this.#popularity[first]!;
    const wanted = before + random.float() * (this.#popularity[last]! - before);
    while (last - first > 1) {
      const middle = (first + last) >> 1;
      if (this.#popularity[middle]! <= wanted) first = middle;
      else last = middle;
    }
    return this.#items[first]!;
  }

  #popularityOf(niche: number): number {
    return this.#popularity[this.#niches[niche + 1]!]! - this.#popularity[this.#niches[niche]!]!;
  }
}
