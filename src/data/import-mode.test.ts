/** How an import meets data that a home holds. */
import { describe, expect, it } from 'vitest';
import { DataError, HomeError } from '../errors.js';
import type { Scale } from './files/rating.js';
import { importMode, lastingName, refuseOtherScale, widest } from './import-mode.js';
import { placeAt } from './store/place.js';

const place = placeAt('h');
const before = { name: 'shop', ratings: 7 } as never;

describe('importMode', () => {
  it.each([
    [null, {}, 'new'],
    [null, { replace: true }, 'new'],
    [null, { append: true }, 'new'],
    [before, { replace: true }, 'replace'],
    [before, { append: true }, 'append'],
  ])('%j with %j: %s', (held, options, mode) => {
    expect(importMode(place, held, options)).toBe(mode);
  });

  it('asks what to do with data that are there', () => {
    expect(() => importMode(place, before, {})).toThrow(HomeError);
    expect(() => importMode(place, before, {})).toThrow(
      /^h already holds shop \(7 ratings\)\. .*--home chooses another folder$/,
    );
    const store = { ...place, store: 'postgres://h/d' };
    expect(() => importMode(store, before, { replace: false, append: false })).toThrow(
      /already holds shop .*\?schema=NAME after --store chooses another schema$/,
    );
  });
});

describe('lastingName', () => {
  it.each([
    [null, 'new', null],
    [{ name: 'shop' }, 'replace', 'shop'],
    [{ name: 'shop' }, 'append', 'shop'],
    [{ name: 'ml-1m' }, 'append', 'ml-1m'],
    [{ name: 'ml-1m' }, 'replace', null],
    [{ name: 'sample' }, 'replace', null],
  ] as const)('%j, %s: %s', (held, mode, name) => {
    expect(lastingName(held as never, mode)).toBe(name);
  });
});

describe('widest', () => {
  const stars = { low: 0.5, high: 5 };
  it.each([
    [null, null, null],
    [stars, null, stars],
    [null, stars, stars],
    [stars, { low: 1, high: 10 }, { low: 0.5, high: 10 }],
    [stars, { low: 0, high: 4 }, { low: 0, high: 5 }],
  ])('%j and %j: %j', (a, b, both) => {
    expect(widest(a, b)).toEqual(both);
  });
});

describe('another scale', () => {
  const ten = { low: 0, high: 10 };
  const stars = { low: 0.5, high: 5 };
  const refused = (
    has: Scale | null,
    scale: Scale | null,
    {
      mode = 'replace' as 'replace' | 'append',
      events = 0,
      asked = undefined as Scale | undefined,
      dropFeedback = undefined as boolean | undefined,
    } = {},
  ) =>
    refuseOtherScale(
      {
        place,
        before: { scale: has } as never,
        mode,
        file: { path: 'a.csv', scale } as never,
        store: { importCounts: async () => ({ ratedFeedback: events }) as never },
      },
      {
        ...(asked !== undefined && { scale: asked }),
        ...(dropFeedback !== undefined && { dropFeedback }),
      },
    );

  it('is none where the data have no ratings, or the file has those of the same scale', async () => {
    for (const mode of ['replace', 'append'] as const) {
      await refused(null, ten, { mode, events: 3 });
      await refused(stars, { low: 1, high: 5 }, { mode, events: 3 });
    }
  });

  it('is refused where rows are appended, unless they have no ratings', async () => {
    const assumed = refused(stars, ten, { mode: 'append' });
    await expect(assumed).rejects.toBeInstanceOf(DataError);
    await expect(assumed).rejects.toThrow(
      /^a\.csv: the ratings are taken to be from 0 to 10, and those of h are from 0\.5 to 5\. .*--scale 0\.5\.\.5;/,
    );
    await expect(refused(stars, ten, { mode: 'append', asked: ten })).rejects.toThrow(
      /^a\.csv: --scale 0\.\.10 is another scale than that of h, .* from 0\.5 to 5\. Convert/,
    );
    await refused(stars, null, { mode: 'append', events: 3 });
  });

  it('is refused where feedback with ratings stays', async () => {
    await refused(stars, ten);
    await refused(stars, ten, { events: 3, dropFeedback: true });
    const kept = refused(stars, ten, { events: 1, dropFeedback: false });
    await expect(kept).rejects.toBeInstanceOf(HomeError);
    await expect(kept).rejects.toThrow(
      /^h keeps 1 feedback events .* from 0\.5 to 5, and those of a\.csv are from 0 to 10\. Add --drop-feedback/,
    );
    await expect(refused(stars, null, { events: 3 })).rejects.toThrow(/and a\.csv has no ratings/);
  });
});
