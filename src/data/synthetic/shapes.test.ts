/** Which shapes generated data may have. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { parseShop } from './shop.js';
import { parseShape, shapes } from './synthetic.js';

describe('parseShape', () => {
  it('takes a name, or a size within the limits', () => {
    expect(parseShape('ml-1m')).toBe(shapes['ml-1m']);
    expect(parseShape('5000x2000x400000')).toEqual({ users: 5000, items: 2000, ratings: 400_000 });
    expect(parseShape('10x20x100')).toEqual({ users: 10, items: 20, ratings: 100 });
  });

  it.each(['x', '10x20', '10x20x100x', 'a10x20x100', '10x20x1e3', '-10x20x100', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseShape(text)).toThrow(ArgumentError);
      expect(() => parseShape(text)).toThrow(/give shop, one of sample, ml-.*USERSxITEMSxRATINGS/);
    },
  );

  it.each([
    ['9x20x100', /users go from 10/],
    ['10x19x100', /items from 20/],
    ['10000001x20x100', /users go from 10/],
    ['10x1000001x100', /to 1,000,000/],
    ['10x20x101', /at most half of users × items \(100\)/],
    ['10x20x19', /at least one an item/],
  ])('refuses the size %s', (text, message) => {
    expect(() => parseShape(text)).toThrow(message);
  });
});

describe('parseShop', () => {
  it('takes the usual shop, or a size within the limits', () => {
    expect(parseShop('shop')).toMatchObject({ customers: expect.any(Number) });
    expect(parseShop('ml-1m')).toBeNull();
    expect(parseShop('10x20x30')).toBeNull();
    const sizes = ['shop:10x20x10', 'shop:1000000x20x1000000', 'shop:100x100000x10000000'];
    expect(sizes.map((text) => Object.values(parseShop(text)!))).toEqual([
      [10, 20, 10],
      [1_000_000, 20, 1_000_000],
      [100, 100_000, 10_000_000],
    ]);
    expect(parseShop('shop:10x20x200')).toEqual({ customers: 10, products: 20, lines: 200 });
  });

  it.each([
    ['shop:', /give shop, or shop:CUSTOMERSxPRODUCTSxLINES/],
    ['shop:10x20', /give shop, or shop:CUSTOMERS/],
    ['shop:10x20x30x', /give shop, or shop:CUSTOMERS/],
    ['shop:9x20x100', /customers go from 10/],
    ['shop:1000001x20x1000001', /customers go from 10/],
    ['shop:10x19x100', /products from 20/],
    ['shop:10x100001x100', /products from 20/],
    ['shop:10x20x9', /lines go from one a customer \(10\) to 200/],
    ['shop:10x20x201', /lines go from one a customer \(10\) to 200/],
    ['shop:1000x100000x10000001', /to 10000000/],
  ])('refuses %s', (text, message) => {
    expect(() => parseShop(text)).toThrow(message);
  });
});
