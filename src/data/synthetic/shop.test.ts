/** The synthetic shop: its sizes, and what makes it a shop. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { generateRatings } from '../../home/data-sets.js';
import { defaultShop, type OrderLine, parseShop, SyntheticShop } from './shop.js';
import { sampleSeed } from './synthetic.js';

let folder: string;
let shop: SyntheticShop;
let lines: readonly OrderLine[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-shop-'));
  shop = new SyntheticShop(defaultShop, sampleSeed);
  lines = [...shop.orderLines()];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The number of things by a name. */
function countsOf(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

describe('the default shop', () => {
  it('has exactly its customers, products and order lines', () => {
    expect(lines).toHaveLength(40_000);
    expect(new Set(lines.map(({ customer }) => customer)).size).toBe(3_000);
    expect(shop.products).toHaveLength(800);
    expect(new Set(shop.products.map(({ sku }) => sku)).size).toBe(800);
    expect(new Set(shop.products.map(({ name }) => name)).size).toBe(800);
  });

  it('repeats a quarter of its purchases, and a third of its customers have fewer than five', () => {
    const pairs = countsOf(lines.map(({ customer, product }) => `${customer} ${product.sku}`));
    expect((lines.length - pairs.size) / lines.length).toBeGreaterThan(0.2);
    expect((lines.length - pairs.size) / lines.length).toBeLessThan(0.35);
    const perCustomer = countsOf([...pairs.keys()].map((pair) => pair.split(' ')[0]!));
    const few = [...perCustomer.values()].filter((count) => count < 5).length;
    expect(few / 3_000).toBeGreaterThan(0.28);
    expect(few / 3_000).toBeLessThan(0.4);
  });

  it('has sold-out products with orders, and new products without', () => {
    const sold = countsOf(lines.map(({ product }) => product.sku));
    const soldOut = shop.products.filter(({ isInStock }) => !isInStock);
    expect(soldOut.length).toBeGreaterThan(40);
    expect(soldOut.filter(({ sku }) => sold.has(sku)).length).toBeGreaterThan(40);
    const isNew = shop.products.filter((product) => product.isNew);
    expect(isNew.length).toBeGreaterThan(20);
    expect(isNew.filter(({ sku, isInStock }) => sold.has(sku) || !isInStock)).toEqual([]);
  });

  it('writes orders in the order of time, each of one customer, one day and different products', () => {
    const orders = new Map<number, OrderLine[]>();
    let before = { orderId: 0, date: '' };
    const early: OrderLine[] = [];
    for (const line of lines) {
      if (line.date < before.date || line.orderId < before.orderId) early.push(line);
      before = line;
      orders.set(line.orderId, [...(orders.get(line.orderId) ?? []), line]);
    }
    expect(early).toEqual([]);
    const wrong = [...orders.values()].filter(
      (order) =>
        new Set(order.map(({ customer, date }) => `${customer} ${date}`)).size !== 1 ||
        new Set(order.map(({ product }) => product.sku)).size !== order.length,
    );
    expect(wrong).toEqual([]);
  });

  it('sells candles in winter and garden tools in spring', () => {
    const soldIn = (category: string, months: readonly string[]) =>
      lines.filter(
        ({ product, date }) => product.category === category && months.includes(date.slice(5, 7)),
      ).length;
    const winter = ['11', '12', '01'];
    const spring = ['03', '04', '05'];
    expect(soldIn('Candles', winter)).toBeGreaterThan(2 * soldIn('Candles', spring));
    expect(soldIn('Garden', spring)).toBeGreaterThan(2 * soldIn('Garden', winter));
  });

  it('has tastes: two purchases of a customer are of one category far more often than by chance', () => {
    const perCustomer = new Map<string, string[]>();
    for (const { customer, product } of lines) {
      perCustomer.set(customer, [...(perCustomer.get(customer) ?? []), product.category]);
    }
    const sameIn = (pairs: readonly (readonly [string, string])[]) =>
      pairs.filter(([a, b]) => a === b).length / pairs.length;
    const own = [...perCustomer.values()].flatMap((categories) =>
      categories.length < 2 ? [] : [[categories[0]!, categories.at(-1)!] as const],
    );
    const others = own.map(([first], c) => [first, own[(c + 1) % own.length]![1]] as const);
    expect(sameIn(own)).toBeGreaterThan(3 * sameIn(others));
  });
});

describe('generateRatings', () => {
  const files = (out: string) =>
    ['orders.csv', 'products.csv'].map((name) => readFileSync(join(folder, out, name), 'utf8'));

  it('writes the same bytes for the same seed, with ids, dates and prices as a shop has them', async () => {
    const shape = 'shop:60x40x500';
    for (const [out, seed] of [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ] as const) {
      const made = await generateRatings({ shape, seed, out: join(folder, out) });
      expect(made).toEqual({ users: 60, items: 40, ratings: 500 });
    }
    expect(files('a')).toEqual(files('b'));
    const [orders, products] = files('a');
    const [otherOrders, otherProducts] = files('c');
    expect(orders).not.toBe(otherOrders);
    expect(products).not.toBe(otherProducts);
    const [orderHead, ...orderRows] = orders!.trimEnd().split('\n');
    expect(orderHead).toBe('order_id,customer_email,sku,qty,ordered_at');
    expect(orderRows).toHaveLength(500);
    for (const row of orderRows) {
      expect(row).toMatch(
        /^\d{6},[a-z]+\.[a-z]+\d*@[a-z]+\.example,[A-Z]{3}-\d{4},[1-5],\d{4}-\d\d-\d\d$/,
      );
    }
    const [productHead, ...productRows] = products!.trimEnd().split('\n');
    expect(productHead).toBe('sku,name,category,price,image,in_stock');
    expect(productRows).toHaveLength(40);
    for (const row of productRows) {
      expect(row).toMatch(
        /^[A-Z]{3}-\d{4},"[^"]+",[A-Z][a-z ]+,\d+\.\d\d,https:\S+\.jpg,(true|false)$/,
      );
    }
  });

  it('gives every product to customers who want more than the shop has', () => {
    const tiny = new SyntheticShop({ customers: 10, products: 20, lines: 200 }, 3);
    expect([...tiny.orderLines()]).toHaveLength(200);
  });
});

describe('parseShop', () => {
  it('reads the default, a size, and leaves other shapes alone', () => {
    expect(parseShop('shop')).toEqual(defaultShop);
    expect(parseShop('shop:300x120x4000')).toEqual({ customers: 300, products: 120, lines: 4000 });
    expect(parseShop('300x120x4000')).toBeNull();
    expect(parseShop('ml-1m')).toBeNull();
  });

  it.each([
    'shop:',
    'shop:10x20',
    'shop:9x20x100',
    'shop:10x19x100',
    'shop:10x20x9',
    'shop:10x20x201',
  ])('refuses %s', (text) => {
    expect(() => parseShop(text)).toThrow(ArgumentError);
  });
});
