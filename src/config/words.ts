/** What a home calls its things: films or products, ratings or purchases, genres or categories. */

import { z } from 'zod';

/** The words of a home, in lower case as inside a sentence: the singular and the plural of each thing. */
export interface Words {
  /** What is recommended, such as `film`. */
  readonly item: string;
  readonly items: string;
  /** Whom it is recommended to, such as `customer`. */
  readonly user: string;
  readonly users: string;
  /** What a user did with an item, such as `purchase`. */
  readonly event: string;
  readonly events: string;
  /** What items are sorted into, such as `genre`. */
  readonly category: string;
  readonly categories: string;
}

/** The words where nothing is known of a home. */
export const neutralWords: Words = wordsOf('item', 'user', 'click', 'category');

const word = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\p{Cs}]{1,40}$/u);

/** Words that somebody chose; those that are absent are guessed. */
export const chosenWordsSchema = z.strictObject({
  item: word.optional(),
  items: word.optional(),
  user: word.optional(),
  users: word.optional(),
  event: word.optional(),
  events: word.optional(),
  category: word.optional(),
  categories: word.optional(),
});
export type ChosenWords = z.infer<typeof chosenWordsSchema>;

/** What a word may be, to complete a sentence that ends with "give". */
export const wordRule = 'a word of 1 to 40 characters, such as wine';

/** What is known of a home's data, from which its words are guessed. */
export interface WordEvidence {
  /** The names of the data set and of its files. */
  readonly names: readonly string[];
  /** The names of the fields that items have. */
  readonly fields: readonly string[];
  readonly categories: readonly string[];
  /** Whether some item has a year. */
  readonly hasYears: boolean;
  /** Whether users rated items; otherwise each event is a click. */
  readonly hasRatings: boolean;
}

/** A kind of item, and what gives it away. */
interface Kind {
  readonly item: string;
  readonly user: string;
  /** The event where users do not rate. */
  readonly event: string;
  readonly category: string;
  /** Words in the names of the data set and its files. */
  readonly names: RegExp;
  /** Words in the names of fields. */
  readonly fields: RegExp;
}

/** The first one wins where two have as much evidence. */
const kinds: readonly Kind[] = [
  {
    item: 'film',
    user: 'user',
    event: 'view',
    category: 'genre',
    names: /^(ml|movielens|netflix|imdb|tmdb|films?|movies?)$/,
    fields: /^(imdb|tmdb|directors?|runtime|actors?|cast)$/,
  },
  {
    item: 'book',
    user: 'reader',
    event: 'loan',
    category: 'genre',
    names: /^(goodreads|goodbooks|books?|library|loans?)$/,
    fields: /^(isbn\d*|authors?|publisher|pages)$/,
  },
  {
    item: 'song',
    user: 'listener',
    event: 'play',
    category: 'genre',
    names: /^(lastfm|spotify|songs?|tracks?|music|listens?|listenings?|scrobbles?)$/,
    fields: /^(artists?|albums?|bpm|tracks?)$/,
  },
  {
    item: 'game',
    user: 'player',
    event: 'play',
    category: 'genre',
    names: /^(steam|games?)$/,
    fields: /^(platforms?|playtime)$/,
  },
  {
    item: 'product',
    user: 'customer',
    event: 'purchase',
    category: 'category',
    names: /^(orders?|purchases?|sales|transactions?|products?|shop|retail|amazon|baskets?)$/,
    fields: /^(prices?|sku|brands?|stock|currency|ean|gtin)$/,
  },
];

/** Events that the name of a file may tell. */
const namedEvents: readonly (readonly [event: string, names: RegExp])[] = [
  ['purchase', /^(orders?|purchases?|sales|transactions?)$/],
  ['play', /^(plays?|listens?|listenings?|scrobbles?|streams?)$/],
  ['view', /^(views?|visits?)$/],
  ['loan', /^loans?$/],
  ['booking', /^bookings?$/],
  ['download', /^downloads?$/],
  ['like', /^likes?$/],
];

const filmGenres = new Set(
  'film-noir sci-fi thriller western documentary horror drama animation romance war crime'.split(
    ' ',
  ),
);
/** How many genres of films a catalogue has before it counts as one of films. */
const minFilmGenres = 4;

/** Guesses the words of a home from its data. */
export function guessWords(evidence: WordEvidence): Words {
  const names = evidence.names.flatMap(partsOf);
  const fields = evidence.fields.flatMap(partsOf);
  const count = (parts: readonly string[], pattern: RegExp) =>
    parts.filter((part) => pattern.test(part)).length;
  const evidenceOf = (kind: Kind) =>
    count(names, kind.names) +
    count(fields, kind.fields) +
    (kind.item === 'film' && looksLikeFilms(evidence) ? 2 : 0);
  let kind: Kind | null = null;
  let most = 0;
  for (const each of kinds) {
    const found = evidenceOf(each);
    if (found <= most) continue;
    kind = each;
    most = found;
  }
  const event = evidence.hasRatings
    ? 'rating'
    : (namedEvents.find(([, pattern]) => count(names, pattern) > 0)?.[0] ??
      kind?.event ??
      neutralWords.event);
  return wordsOf(
    kind?.item ?? neutralWords.item,
    kind?.user ?? neutralWords.user,
    event,
    kind?.category ?? neutralWords.category,
  );
}

function looksLikeFilms({ categories, hasYears }: WordEvidence): boolean {
  const genres = categories.filter((category) => filmGenres.has(category.toLowerCase()));
  return hasYears && genres.length >= minFilmGenres;
}

/** The words of a home: those that somebody chose, and the guessed ones. A chosen singular brings its plural. */
export function withChosenWords(guessed: Words, chosen: ChosenWords): Words {
  const pair = (one: keyof Words, many: keyof Words) => {
    const single = chosen[one];
    return [
      single ?? guessed[one],
      chosen[many] ?? (single === undefined ? guessed[many] : pluralOf(single)),
    ] as const;
  };
  const [item, items] = pair('item', 'items');
  const [user, users] = pair('user', 'users');
  const [event, events] = pair('event', 'events');
  const [category, categories] = pair('category', 'categories');
  return { item, items, user, users, event, events, category, categories };
}

function wordsOf(item: string, user: string, event: string, category: string): Words {
  return {
    item,
    items: pluralOf(item),
    user,
    users: pluralOf(user),
    event,
    events: pluralOf(event),
    category,
    categories: pluralOf(category),
  };
}

/** The regular English plural. */
export function pluralOf(singular: string): string {
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** `customerEmail` and `in_stock` have two parts each. */
function partsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
