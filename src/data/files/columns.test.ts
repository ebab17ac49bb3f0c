/** Columns of ratings files: their usual names, two candidates for one, and what is ignored. */

import { describe, expect, it } from 'vitest';
import { purposeOf } from './column-names.js';
import { type ColumnNames, understandHeader } from './columns.js';

function understand(header: string, wanted: ColumnNames = {}, times: readonly number[] = []) {
  const hasTimes = (place: number) => times.includes(place);
  return understandHeader({ path: 'a.csv', header: header.split(','), hasTimes }, wanted);
}

/** The columns in words: `user=who`, and the ignored ones with the reason. */
function words(header: string, wanted: ColumnNames = {}, times: readonly number[] = []): string {
  const { used, ignored } = understand(header, wanted, times).understood;
  return [
    ...used.map(({ purpose, name }) => `${purpose}=${name}`),
    ...ignored.map(({ name, why }) => `${name}: ${why}`),
  ].join(', ');
}

describe('purposeOf', () => {
  it.each([
    ['user', 'user user_id User-ID UID customer customer_email CustomerId member visitorid client'],
    ['item', 'item item_id iid sid sku product ASIN movieId movie track track_id book_id'],
    ['rating', 'rating Rating stars score overall rating_1'],
    ['timestamp', 'time date timestamp created_at ordered_at ts unixReviewTime'],
    ['weight', 'qty quantity plays count play_count'],
    [null, 'tag title order_id session_id price email name userRating id'],
  ])('%s: %s', (purpose, names) => {
    for (const name of names.split(' ')) expect([name, purposeOf(name)]).toEqual([name, purpose]);
  });
});

describe('understandHeader', () => {
  it.each([
    ['user_id,item_id,stars,ts', [3], 'user=user_id, item=item_id, rating=stars, timestamp=ts'],
    [
      'userId,movieId,tag,timestamp',
      [],
      'user=userId, item=movieId, timestamp=timestamp, tag: other',
    ],
    [
      'order_id,customer_email,sku,qty,ordered_at',
      [],
      'user=customer_email, item=sku, order_id: other, qty: weight, ordered_at: no times',
    ],
    ['USER,ITEM,plays', [], 'user=USER, item=ITEM, plays: weight'],
    ['user,item,time,date', [2], 'user=user, item=item, timestamp=time, date: no times'],
  ])('%s', (header, times, expected) => {
    expect(words(header, {}, times)).toBe(expected);
  });

  it.each([
    [
      'user,item,rating,Rating',
      /rating column may be "rating" or "Rating"\. .*--rating-column rating/,
    ],
    ['user,item,rating_1,rating_2', /"rating_1" or "rating_2"\. .*--rating-column rating_1/],
    ['user,item,score,stars,overall', /"score" or "stars" or "overall"/],
    [
      'user_id,customer,item',
      /user column may be "user_id" or "customer"\. .*--user-column user_id/,
    ],
    ['user,sku,product name,product', /item column may be "sku" or "product"/],
    ['user,item,user id', /--user-column user$/],
    ['user id,item,uid', /--user-column 'user id'/],
    ['user,item,timestamp,created_at', /timestamp column may be "timestamp" or "created_at"/],
    ['user,item,rating,rating', /"rating" or "rating"\. .*--rating-column 3$/],
  ])('refuses %s', (header, message) => {
    expect(() => understand(header, {}, [3])).toThrow(message);
  });

  it('takes one named column and finds the others', () => {
    expect(words('who,item,rating', { user: 'who' })).toBe('user=who, item=item, rating=rating');
    expect(words('user,item,rating,Rating', { rating: 'Rating' })).toBe(
      'user=user, item=item, rating=Rating, rating: other',
    );
    expect(words('user,item,when', { timestamp: 'when' })).toBe(
      'user=user, item=item, timestamp=when',
    );
    // A column that is named for one purpose is no candidate for another.
    expect(words('user,item,score,rating', { item: 'rating', rating: null })).toBe(
      'user=user, item=rating, item: other, score: refused',
    );
  });

  it('does not take a named column for a second purpose', () => {
    expect(words('user,rating,score', { item: 'rating' })).toBe(
      'user=user, item=rating, rating=score',
    );
    expect(words('user,item,uid', { item: 'uid' })).toBe('user=user, item=uid, item: other');
  });

  it('reads a count as a weight where the caller names it, and else says that it could', () => {
    expect(words('user,item,qty,plays', { weight: 'plays' })).toBe(
      'user=user, item=item, weight=plays, qty: weight',
    );
    expect(words('user,item,qty', { weight: null })).toBe('user=user, item=item, qty: refused');
    expect(words('user,item,rating', { weight: 'rating' })).toBe(
      'user=user, item=item, weight=rating',
    );
  });

  it('leaves out ratings and times that the caller does not want', () => {
    expect(words('user,item,rating,stars,timestamp', { rating: null, timestamp: null })).toBe(
      'user=user, item=item, rating: refused, stars: refused, timestamp: refused',
    );
  });

  it.each([
    [
      'who,what',
      /neither is found among "who", "what"\. .*name the two with --user-column and --item-column/,
    ],
    [
      'user,what',
      /no item column is found among "user", "what"\. .*name the column with --item-column/,
    ],
    ['who,item', /no user column .*name the column with --user-column/],
  ])('refuses %s, where a column is missing', (header, message) => {
    expect(() => understand(header)).toThrow(message);
  });

  it('gives the places of the columns, from 0 for readers and from 1 for people', () => {
    const { places, understood } = understand('item,tag,user');
    expect(places).toEqual({ user: 2, item: 0, rating: null, timestamp: null, weight: null });
    expect(understood).toEqual({
      hasHeader: true,
      delimiter: null,
      used: [
        { purpose: 'user', name: 'user', place: 3 },
        { purpose: 'item', name: 'item', place: 1 },
      ],
      ignored: [{ name: 'tag', place: 2, why: 'other' }],
    });
  });
});
