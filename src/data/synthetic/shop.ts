/** Generates the orders and products of a shop from a seed. */
import { ArgumentError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { drawActivity } from './activity.js';
import { AliasTable } from './alias-table.js';
import { drawMixture, type Mixture } from './mixture.js';
import { ShopCalendar } from './shop-calendar.js';
import {
  inventProducts,
  type ShopCategory,
  type ShopProduct,
  shopCategories,
  shopStyles,
} from './shop-products.js';

/** The size of a shop. */
export interface ShopShape {
  readonly customers: number;
  readonly products: number;
  /** Order lines. */
  readonly lines: number;
}

/** The shop that `--shape shop` means. */
export const defaultShop: ShopShape = { customers: 3_000, products: 800, lines: 40_000 };

/**
 * Reads `shop`, or `shop:CUSTOMERSxPRODUCTSxLINES`.
 *
 * @returns null for the shape of anything else
 * @throws ArgumentError when no shop can have the size
 */
export function parseShop(text: string): ShopShape | null {
  if (text === 'shop') return defaultShop;
  if (!text.startsWith('shop:')) return null;
  const match = /^shop:(\d+)x(\d+)x(\d+)$/.exec(text);
  if (match === null) {
    throw new ArgumentError(
      `--shape ${text}: give shop, or shop:CUSTOMERSxPRODUCTSxLINES such as shop:300x120x4000.`,
    );
  }
  const [customers = 0, products = 0, lines = 0] = match.slice(1).map(Number);
  const isSize = (n: number, low: number, high: number) => n >= low && n <= high;
  if (!isSize(customers, 10, 1_000_000) || !isSize(products, 20, 100_000)) {
    throw new ArgumentError(
      `--shape ${text}: customers go from 10 to 1,000,000 and products from 20 to 100,000.`,
    );
  }
  const maxLines = Math.min(10_000_000, customers * products);
  if (!isSize(lines, customers, maxLines)) {
    throw new ArgumentError(
      `--shape ${text}: lines go from one a customer (${customers}) to ${maxLines}.`,
    );
  }
  return { customers, products, lines };
}

/** One line of an order. */
export interface OrderLine {
  readonly orderId: number;
  readonly customer: string;
  readonly product: ShopProduct;
  readonly quantity: number;
  /** ISO 8601, without a time. */
  readonly date: string;
}

/** An order before it has a number. */
interface Order {
  readonly day: number;
  readonly customer: string;
  readonly lines: readonly Omit<OrderLine, 'orderId' | 'customer' | 'date'>[];
}

/**
 * A shop from a seeded latent-factor model.
 *
 * Each customer mixes a few tastes; a taste is a category in a style. An order holds one to four different products,
 * most of them of one taste, of the season, and, where a product is used up, often one that the customer had before.
 * Popularity falls like 1/(rank + 15). The number of lines of a customer is log-normal, so about a third of the
 * customers buy fewer than five products. Sold-out products have orders; new ones have none.
 */
export class SyntheticShop {
  readonly shape: ShopShape;
  readonly products: readonly ShopProduct[];
  readonly #seed: number;
  readonly #calendar: ShopCalendar;
  readonly #categories: readonly ShopCategory[];
  /** By taste, for drawing. */
  readonly #drawers: readonly AliasTable[];

  constructor(shape: ShopShape, seed: number) {
    this.shape = shape;
    this.#seed = seed;
    this.#calendar = new ShopCalendar();
    this.products = inventProducts(shape.products, new RandomStream(seed, 'products'));
    const byName = new Map(shopCategories.map((category) => [category.name, category]));
    this.#categories = this.products.map((product) => byName.get(product.category)!);
    const rank = new RandomStream(seed, 'popularity').permutation(shape.products);
    this.#drawers = tastes.map((taste) => {
      const weights = this.products.map((product, i) => {
        if (product.isNew) return 0;
        return (0.008 + fitOf(product, this.#categories[i]!, taste) ** 2) / (rank[i]! + 15);
      });
      return new AliasTable(weights);
    });
  }

  /** Every line of every order, the oldest order first. */
  *orderLines(): Generator<OrderLine> {
    const orders = this.#orders();
    let orderId = 100_000;
    for (const { day, customer, lines } of orders) {
      orderId++;
      const date = this.#calendar.date(day);
      for (const line of lines) yield { orderId, customer, ...line, date };
    }
  }

  #orders(): Order[] {
    const { customers, products, lines } = this.shape;
    const activity = drawActivity(
      { people: customers, total: lines, minimum: 1, maximum: products, deviation: 1.2 },
      new RandomStream(this.#seed, 'activity'),
    );
    const orders: Order[] = [];
    const names = new Set<string>();
    for (let c = 0; c < customers; c++) {
      const random = new RandomStream(this.#seed, 'customer', c);
      const customer = inventAddress(names, random);
      orders.push(...this.#ordersOf(customer, activity[c]!, random));
    }
    // The sort is stable, so the orders of one day follow the customers.
    return orders.sort((a, b) => a.day - b.day);
  }

  #ordersOf(customer: string, lines: number, random: RandomStream): Order[] {
    const mixture = drawMixture(tastes.length, random);
    const sizes: number[] = [];
    for (let left = lines; left > 0; left -= sizes.at(-1)!) {
      sizes.push(Math.min(left, 1 + random.integer(maxOrderLines)));
    }
    const first = this.#calendar.firstDay(random);
    const days = sizes.map(() => this.#calendar.dayFrom(first, random)).sort((a, b) => a - b);
    const bought: number[] = [];
    return sizes.map((size, k) => {
      const order = new Set<number>();
      const taste = this.#drawTaste(mixture, days[k]!, random);
      while (order.size < size) {
        order.add(this.#drawProduct({ day: days[k]!, taste, mixture, bought, order }, random));
      }
      bought.push(...order);
      const products = [...order].map((product) => ({
        product: this.products[product]!,
        quantity: this.#drawQuantity(product, random),
      }));
      return { day: days[k]!, customer, lines: products };
    });
  }

  /** What an order is mainly about: one of the customer's tastes, more likely one that is in season. */
  #drawTaste(mixture: Mixture, day: number, random: RandomStream): number {
    let taste = mixture.draw(random);
    for (let attempt = 0; attempt < 4; attempt++) {
      if (random.float() < this.#calendar.part(tastes[taste]!.category.season, day)) break;
      taste = mixture.draw(random);
    }
    return taste;
  }

  /** A product that is not in the order yet. */
  #drawProduct({ day, taste, mixture, bought, order }: Choice, random: RandomStream): number {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const product =
        this.#drawAgain(bought, random) ??
        this.#drawers[random.float() < 0.75 ? taste : mixture.draw(random)]!.draw(random);
      const { season } = this.#categories[product]!;
      const isInSeason = random.float() < this.#calendar.part(season, day);
      // Rounding lets a product with a weight of zero be drawn now and then.
      const isSold = !this.products[product]!.isNew;
      if (isSold && isInSeason && !order.has(product)) return product;
    }
    const left = this.products.flatMap(({ isNew }, i) => (isNew || order.has(i) ? [] : [i]));
    return left[random.integer(left.length)]!;
  }

  /** A product that the customer had before, and wants again; null for another one. */
  #drawAgain(bought: readonly number[], random: RandomStream): number | null {
    if (bought.length === 0 || random.float() >= againPart) return null;
    const product = bought[random.integer(bought.length)]!;
    // What lasts is bought again only as a present.
    const isWanted = this.#categories[product]!.isUsedUp || random.float() < 0.15;
    return isWanted ? product : null;
  }

  #drawQuantity(product: number, random: RandomStream): number {
    const isSeveral = random.float() < (this.#categories[product]!.isUsedUp ? 0.4 : 0.12);
    return isSeveral ? 2 + random.integer(4) : 1;
  }
}

const maxOrderLines = 4;
/** The part of lines for which a customer thinks of an earlier product first. */
const againPart = 0.21;
const maxAttempts = 60;

interface Choice {
  readonly day: number;
  /** What the order is mainly about. */
  readonly taste: number;
  readonly mixture: Mixture;
  /** What the customer bought before; a product of several orders more than once. */
  readonly bought: readonly number[];
  readonly order: ReadonlySet<number>;
}

/** A category in a style. */
interface ShopTaste {
  readonly category: ShopCategory;
  readonly style: number;
}

const tastes: readonly ShopTaste[] = shopCategories.flatMap((category) =>
  Array.from({ length: shopStyles }, (_, style) => ({ category, style })),
);

/** The fit of a product to a taste, 0..1: by its category, the category that goes with it, and its style. */
function fitOf(product: ShopProduct, { letters }: ShopCategory, taste: ShopTaste): number {
  const isStyle = product.style === taste.style;
  if (letters === taste.category.letters) return isStyle ? 1 : 0.35;
  if (letters === taste.category.companion) return isStyle ? 0.45 : 0.15;
  return 0;
}

const firstNames =
  'mara jonas lena emil nora felix ida oskar hanna anton clara theo greta paul alma david ella noah rosa max';
const lastNames =
  'lindqvist okafor moreau weber silva novak jansen rossi haas kowalska murphy tanaka berg costa fischer dubois klein varga petit olsen';
const domains = 'post.example mail.example inbox.example letters.example';

function inventAddress(used: Set<string>, random: RandomStream): string {
  const pick = (list: string) => {
    const choices = list.split(' ');
    return choices[random.integer(choices.length)]!;
  };
  for (let attempt = 0; ; attempt++) {
    const digits = attempt === 0 ? '' : String(random.integer(10 ** Math.min(9, 1 + attempt)));
    const address = `${pick(firstNames)}.${pick(lastNames)}${digits}@${pick(domains)}`;
    if (!used.has(address)) {
      used.add(address);
      return address;
    }
  }
}
