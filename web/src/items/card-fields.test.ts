/** What cards show of an item. */

import { describe, expect, it } from 'vitest';
import type { Field } from '../server/api.js';
import { cardFieldsOf, fieldText, mayLoad, priceText, webAddress } from './card-fields.js';

const text = (name: string): Field => ({ name, type: 'text' });
const number = (name: string): Field => ({ name, type: 'number' });

describe('the fields of a card', () => {
  it('are found by their names', () => {
    const shop = [
      text('product_url'),
      number('unit_price'),
      text('currency'),
      text('productImageUrl'),
      text('description'),
      text('Brand'),
      { name: 'in_stock', type: 'boolean' } as const,
      { name: 'colour', type: 'list' } as const,
      number('size'),
    ];
    expect(cardFieldsOf(shop)).toEqual({
      image: 'productImageUrl',
      link: 'product_url',
      price: 'unit_price',
      currency: 'currency',
      more: ['Brand', 'colour'],
    });
  });

  it('are none where names say nothing', () => {
    const none = cardFieldsOf([text('discover'), text('priceless'), number('image'), text('a,b')]);
    expect(none).toEqual({ image: null, link: null, price: null, currency: null, more: [] });
  });
});

it('writes a price with its currency', () => {
  const card = cardFieldsOf([number('price'), text('currency')]);
  expect(priceText({ price: 12.5 }, card)).toBe('12.50');
  expect(priceText({ price: 12.5, currency: 'USD' }, card)).toMatch(/\$\s?12\.50|12,50/);
  expect(priceText({ price: 12.5, currency: 'Taler' }, card)).toBe('12.50 Taler');
  expect(priceText({ price: 'on request' }, card)).toBe('on request');
  expect([priceText({}, card), priceText(undefined, card)]).toEqual([null, null]);
});

it('writes values of any type', () => {
  expect([1500.5, true, ['a', 2], '', [], null].map(fieldText)).toEqual([
    '1500.5',
    'yes',
    'a, 2',
    null,
    null,
    null,
  ]);
});

describe('an image', () => {
  const at = (address: string) => webAddress(address)!;
  it('may come from a host of the list, with its scheme and port, and from nowhere else', () => {
    const hosts = ['https://images.example', 'https://*.shop.example', 'http://localhost:8080'];
    const may = (address: string) => mayLoad(at(address), hosts);
    expect(may('https://images.example/a.jpg')).toBe(true);
    expect(may('https://cdn.eu.shop.example/a.jpg')).toBe(true);
    expect(may('http://localhost:8080/a.jpg')).toBe(true);
    expect(may('http://images.example/a.jpg')).toBe(false);
    expect(may('https://images.example:8443/a.jpg')).toBe(false);
    expect(may('https://shop.example/a.jpg')).toBe(false);
    expect(may('https://evilshop.example/a.jpg')).toBe(false);
    expect(mayLoad(at('https://images.example/a.jpg'), [])).toBe(false);
  });

  it('has an address on the web', () => {
    expect(webAddress(['https://a.example/1', 'https://a.example/2'])?.href).toBe(
      'https://a.example/1',
    );
    for (const other of [
      'javascript:alert(1)',
      '/a.jpg',
      'https://',
      'data:image/png,x',
      7,
      null,
    ]) {
      expect(webAddress(other), String(other)).toBeNull();
    }
  });
});
