/** Recommendations by ids, over a store in memory: profiles, what is left, and the moment that an answer is of. */
import { beforeEach, describe, expect, it } from 'vitest';
import { paperProtocol } from '../config/protocol.js';
import type { ItemId } from '../data/ids.js';
import { ArgumentError, UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { Vocabulary } from './items/vocabulary.js';
import { Moments } from './new-items/moments.js';
import { type RatingsSource, Recommendations } from './recommendations.js';
import { RuleBook } from './rules/rule-book.js';

/** A catalogue in which each change makes another version, and the ratings of two users. */
class MemoryShop {
  number = 1;
  /** Runs when the catalogue is read. */
  onRead: () => void = () => {};
  reads = { whole: 0, newest: 0, genres: 0 };
  readonly items = new Map<string, { genres: string[]; available: boolean; isRated: boolean }>();
  readonly ratings: Record<string, object[]> = {
    u: [
      { itemId: 'a', rating: 5 },
      { itemId: 'b', rating: 1 },
      { itemId: 'x', rating: 5 },
    ],
    light: [{ itemId: 'a', rating: 5, isLight: true }],
    far: [{ itemId: 'y', rating: 5 }],
  };
  rulesHeld: { id: string; content: object }[] = [];

  put(id: string, change: { genres?: string[]; available?: boolean; isRated?: boolean } = {}) {
    this.items.set(id, { genres: [], available: true, isRated: false, ...change });
    this.number++;
  }

  version = () => this.number;
  catalogueVersion = async () => String(this.number);
  confirm = async () => {};
  userIds = async () => Object.keys(this.ratings);
  userRatings = async (id: string) => this.ratings[id] ?? null;
  userIdExists = async () => true;
  itemFields = async () => [];
  rules = async () => ({ version: String(this.rulesHeld.length), rules: this.rulesHeld });
  genres = async () => {
    this.reads.genres++;
    const all = [...this.items.values()].flatMap(({ genres }) => genres);
    return [...new Set(all)].map((genre) => ({ genre, items: 1 }));
  };
  storedItems = async (ids: readonly string[]) =>
    ids.map((itemId) => {
      const { genres = [], available = true } = this.items.get(itemId) ?? {};
      return { entry: { itemId, title: null, genres, year: null }, available, fields: {} };
    });
  catalogueChanges = async () => null;
  wholeCatalogue = async (ids: readonly string[]) => {
    this.reads.whole++;
    const state = {
      version: String(this.number),
      items: await this.storedItems(ids),
      fields: [],
    };
    this.onRead();
    return state;
  };
  newestItems = async () => {
    this.reads.newest++;
    return [...this.items].map(([itemId, { isRated }]) => ({ itemId, isRated })).reverse();
  };
}

const items = ['a', 'b', 'c', 'd'] as ItemId[];
const trainClicks = Int32Array.of(4, 3, 2, 0);

let shop: MemoryShop;
let recommendations: Recommendations;
const store = () => shop as unknown as RatingsSource;

class Model extends Popularity {
  override readonly model = 'ease' as 'popularity';
}

beforeEach(() => {
  shop = new MemoryShop();
  for (const id of items) shop.put(id);
  const protocol = { ...paperProtocol, heldoutUsers: 1 };
  const run = { id: 'r', protocol, vocabulary: { items, trainClicks } };
  const rules = new RuleBook(shop as never);
  recommendations = new Recommendations(store(), run, new Model(trainClicks), rules);
});

const ids = (list: { readonly items: readonly { readonly itemId: string }[] }) =>
  list.items.map(({ itemId }) => itemId);

describe('profile', () => {
  it('has the clicks that the model knows, and everything seen', async () => {
    expect(await recommendations.profile('u', {})).toEqual({
      clicks: [0],
      seen: [0, 1],
      seenBeyond: ['x'],
      isStored: true,
    });
    expect(await recommendations.profile('u', { excludeSeen: false, items: ['c', 'z'] })).toEqual({
      clicks: [0, 2],
      seen: [2],
      seenBeyond: ['z'],
      isStored: true,
    });
    expect(await recommendations.profile('new', { items: ['c', 'c'] })).toEqual({
      clicks: [2],
      seen: [2],
      seenBeyond: [],
      isStored: false,
    });
    expect((await recommendations.profile('light', {})).clicks).toEqual([]);
    expect(recommendations.clicks(shop.ratings.u as never)).toEqual([0]);
  });

  it('says whom and what it does not know where popularity may not answer', async () => {
    const asking = (id: string, basket?: string[]) =>
      recommendations.profile(id, { fallback: 'none', ...(basket && { items: basket }) });
    await expect(asking('new')).rejects.toThrow(UnknownUserError);
    await expect(asking('new')).rejects.toThrow(/^no user "new" is stored, and fallback is none$/);
    await expect(asking('far')).rejects.toThrow(
      /^the model knows none of the clicks of user "far"/,
    );
    await expect(asking('far', ['z'])).rejects.toThrow(
      /user "far", the model knows none of the items, and fallback is none$/,
    );
    await expect(asking('far', [])).rejects.toThrow(/user "far", and fallback is none$/);
    expect((await asking('far', ['c'])).clicks).toEqual([2]);
    await expect(recommendations.recommendTo(['z'], { fallback: 'none' })).rejects.toThrow(
      UnknownUserError,
    );
    const known = await recommendations.recommendTo(['a'], { fallback: 'none' });
    expect([known.source, ids(known)]).toEqual(['model', ['b', 'c', 'd']]);
    expect((await recommendations.recommendTo(['z'])).source).toBe('popularity');
  });
});

describe('what a caller gives', () => {
  it.each([
    ['items', { items: ['\0'] }],
    ['exclude', { exclude: ['\0'] }],
    ['only', { only: ['\0'] }],
    ['n', { n: -1 }],
    ['offset', { offset: 0.5 }],
    ['newItems', { newItems: -2 }],
  ])('%s is named in the error', async (name, options) => {
    const asked = recommendations.recommend('u', options);
    await expect(asked).rejects.toThrow(ArgumentError);
    await expect(asked).rejects.toThrow(new RegExp(`^${name}\\b`));
    if (name === 'exclude' || name === 'only') {
      await expect(recommendations.left('u', options)).rejects.toThrow(new RegExp(`^${name}\\b`));
      const withNew = recommendations.recommend('u', { ...options, newItems: 1 });
      await expect(withNew).rejects.toThrow(new RegExp(`^${name}\\b`));
    }
  });

  it('is told where the model does not know it, each once', async () => {
    const list = await recommendations.recommend('u', { items: ['z', 'c'], only: ['d', 'w', 'z'] });
    expect(list).toMatchObject({ userKnown: true, unknownItems: ['z', 'w'] });
    expect(ids(list)).toEqual(['d']);
    const plain = await recommendations.recommend('u');
    expect(plain).not.toHaveProperty('unknownItems');
    expect(ids(plain)).toEqual(['c', 'd']);
  });
});

it('counts what is left after each thing that leaves items out', async () => {
  shop.put('c', { available: false });
  shop.put('d', { genres: ['x'] });
  shop.put('other', { genres: ['y'] });
  expect(await recommendations.left('new')).toEqual({
    known: 4,
    unseen: 4,
    unexcluded: 4,
    asked: 4,
    available: 3,
    fitting: 3,
  });
  const options = { exclude: ['c', 'c'], only: ['a', 'b', 'd'], genre: ['x'] };
  expect(await recommendations.left('light', options)).toEqual({
    known: 4,
    unseen: 3,
    unexcluded: 2,
    asked: 2,
    available: 2,
    fitting: 1,
  });
  expect((await recommendations.leftFor(['a', 'b'])).unseen).toBe(2);
});

describe('new items', () => {
  it('are those that nobody has clicked, not those that a profile has met', async () => {
    shop.put('n1');
    shop.put('n2');
    const fresh = async (user: string, options = {}) => {
      const { items: list } = await recommendations.recommend(user, { newItems: 9, ...options });
      return list.filter(({ isNew }) => isNew).map(({ itemId }) => itemId);
    };
    // `d` is in the vocabulary without a click.
    expect(await fresh('new')).toEqual(['n2', 'n1', 'd']);
    expect(await fresh('new', { items: ['d', 'n1'] })).toEqual(['n2']);
    expect(await fresh('new', { exclude: ['n2'] })).toEqual(['n1', 'd']);
    expect(await fresh('new', { only: ['n2'] })).toEqual(['n2']);
    expect(await fresh('new', { n: 0 })).toEqual([]);
    shop.ratings.new = [{ itemId: 'n2', rating: 1 }];
    shop.put('d', { isRated: true });
    expect(await fresh('new')).toEqual(['n1']);
    shop.rulesHeld = [{ id: '1', content: { kind: 'hide', items: ['n1'] } }];
    shop.number++;
    expect(await fresh('new')).toEqual([]);
    expect(await fresh('new', { rules: 'off' })).toEqual(['n1']);
  });
});

describe('the moment of an answer', () => {
  const moments = (rules: RuleBook | null = null) =>
    new Moments(shop as never, { vocabulary: new Vocabulary(items), trainClicks }, rules);

  it('is known once it was read, for the same version', async () => {
    const all = moments();
    expect(all.known(shop.number, {})).toBeNull();
    await all.current({});
    expect(all.known(shop.number, {})).not.toBeNull();
    expect(all.known(shop.number + 1, {})).toBeNull();
    expect(all.known(null, {})).toBeNull();
    expect(all.known(shop.number, { newItems: 1 })).toBeNull();
    const moment = await all.current({ newItems: 1 });
    expect(moment.arrivals).not.toBeNull();
    expect(all.known(shop.number, { newItems: 1 })).not.toBeNull();
    expect(shop.reads).toEqual({ whole: 1, newest: 1, genres: 0 });
  });

  it('learns the genres that a filter or a rule names, once', async () => {
    shop.put('a', { genres: ['x'] });
    shop.put('far', { genres: ['y'] });
    const all = moments(new RuleBook(shop as never));
    await all.current({ genre: ['x'] });
    expect(shop.reads.genres).toBe(0);
    expect(all.known(shop.number, { genre: ['y'] })).toBeNull();
    expect(all.known(shop.number, { genre: ['x', 'y'] })).toBeNull();
    const { items: known } = await all.current({ genre: ['y'] });
    expect(shop.reads.genres).toBe(1);
    expect(known.mask([], { genre: ['y'] })).toEqual([0, 1, 2, 3]);
    expect(() => known.mask([], { genre: ['z'] })).toThrow('genre is "z"; give one of these: x, y');
    await all.current({ genre: ['y'] });
    expect(shop.reads.genres).toBe(1);
    shop.rulesHeld = [{ id: '1', content: { kind: 'hide', genre: ['y'] } }];
    shop.number++;
    await all.current({});
    expect(shop.reads.genres).toBe(2);
  });

  it('has catalogue and new items of one version, as long as they can be had', async () => {
    let changes = 1;
    shop.onRead = () => {
      if (changes-- > 0) shop.put('late', { genres: ['x'] });
    };
    const { items: known, arrivals } = await moments().current({ newItems: 1 });
    expect(known.catalogueVersion).toBe(String(shop.number));
    expect(arrivals!.known.catalogueVersion).toBe(known.catalogueVersion);
    expect(arrivals!.known.ids).toContain('late');
    // One that changes all the time is taken as it is, after a few readings.
    changes = Number.POSITIVE_INFINITY;
    shop.reads = { whole: 0, newest: 0, genres: 0 };
    const { arrivals: some } = await moments().current({ newItems: 1 });
    expect(some!.known.ids).toContain('late');
    expect(shop.reads.newest).toBeLessThanOrEqual(25);
  });

  it('has a key of its rules, which is empty without them', async () => {
    shop.rulesHeld = [{ id: '1', content: { kind: 'hide', items: ['a'] } }];
    const moment = await moments(new RuleBook(shop as never)).current({});
    expect(moment.rulesKey({})).not.toBe('');
    expect(moment.rulesKey({ rules: 'off' })).toBe('');
    expect(moment.hidden({})).toEqual([0]);
    expect(moment.hidden({ rules: 'off' })).toEqual([]);
  });
});
