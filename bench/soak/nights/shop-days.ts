/** The generated shop as files of days: everything before the first night, then a day of orders each. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateRatings } from '../../../src/home/data-sets.js';

/** A shop whose last days come one by one. */
export interface ShopDays {
  readonly products: string;
  /** The orders of all days before the first night. */
  readonly start: string;
  /** The orders of each following day, in order. */
  readonly days: readonly string[];
  /** Customers with five or more order lines before the first night. */
  readonly customers: readonly string[];
}

/**
 * Writes a shop into a new folder.
 *
 * @param shape - of `multvae generate`
 * @param nights - how many of its last days come one by one
 */
export async function writeShopDays(
  folder: string,
  shape: string,
  nights: number,
): Promise<ShopDays> {
  const shop = join(folder, 'shop');
  await generateRatings({ shape, out: shop });
  const [header, ...lines] = readFileSync(join(shop, 'orders.csv'), 'utf8').trimEnd().split('\n');
  const byDay = groups(lines, (line) => line.slice(line.lastIndexOf(',') + 1));
  const days = [...byDay.keys()].sort();
  const first = days.length - nights;
  const write = (name: string, of: readonly string[]) => {
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, `${[header, ...of].join('\n')}\n`);
    return path;
  };
  const before = days.slice(0, first).flatMap((day) => byDay.get(day)!);
  const byCustomer = groups(before, (line) => line.split(',')[1]!);
  mkdirSync(join(folder, 'days'));
  return {
    products: join(shop, 'products.csv'),
    start: write('start', before),
    days: days.slice(first).map((day) => write(join('days', day), byDay.get(day)!)),
    customers: [...byCustomer].filter(([, own]) => own.length >= 5).map(([customer]) => customer),
  };
}

function groups(lines: readonly string[], keyOf: (line: string) => string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const key = keyOf(line);
    const group = found.get(key);
    if (group === undefined) found.set(key, [line]);
    else group.push(line);
  }
  return found;
}
