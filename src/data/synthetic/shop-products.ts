/** Invents the products of a shop: categories, names, prices, pictures. */
import type { RandomStream } from '../../random.js';

/** When a category sells best. */
export type Season = 'spring' | 'summer' | 'winter' | 'none';

/** A product that was never made. */
export interface ShopProduct {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  /** Plain, classic or fine: 0, 1 or 2. */
  readonly style: number;
  readonly priceCents: number;
  readonly image: string;
  readonly isInStock: boolean;
  /** Not sold yet. */
  readonly isNew: boolean;
}

/** One kind of products. */
export interface ShopCategory {
  readonly name: string;
  /** The first letters of its products' numbers. */
  readonly letters: string;
  readonly nouns: string;
  readonly variants: string;
  /** In the middle of the range. */
  readonly priceCents: number;
  readonly season: Season;
  /** Whether a customer comes back for the same product. */
  readonly isUsedUp: boolean;
  /** The letters of a category that is often bought with it. */
  readonly companion: string;
}

function category(
  [letters, name, companion]: readonly [string, string, string],
  words: Pick<ShopCategory, 'nouns' | 'variants'>,
  priceCents: number,
  { season = 'none', isUsedUp = false }: { season?: Season; isUsedUp?: boolean } = {},
): ShopCategory {
  return { letters, name, companion, ...words, priceCents, season, isUsedUp };
}

/** Every category. A customer's taste is one of them in one style. */
export const shopCategories: readonly ShopCategory[] = [
  category(
    ['COF', 'Coffee', 'MUG'],
    { nouns: 'Espresso Filter_Coffee Decaf Cold_Brew Mocha', variants: '250_g 500_g 1_kg' },
    1190,
    { isUsedUp: true },
  ),
  category(
    ['TEA', 'Tea', 'MUG'],
    { nouns: 'Green_Tea Black_Tea Rooibos Herbal_Tea Chai', variants: '100_g 20_bags 50_bags' },
    790,
    { isUsedUp: true, season: 'winter' },
  ),
  category(
    ['MUG', 'Mugs', 'COF'],
    { nouns: 'Mug Cup Tumbler Glass Teapot', variants: 'white blue sage terracotta set_of_2' },
    1490,
  ),
  category(
    ['COK', 'Cookware', 'BAK'],
    { nouns: 'Pan Pot Knife Wok Ladle Board', variants: '20_cm 24_cm 28_cm' },
    3990,
  ),
  category(
    ['BAK', 'Baking', 'COK'],
    { nouns: 'Cake_Tin Rolling_Pin Cookie_Cutter Whisk Bread_Basket', variants: 'small large' },
    1690,
    { season: 'winter' },
  ),
  category(
    ['CAN', 'Candles', 'BTH'],
    { nouns: 'Candle Tea_Light Diffuser Lantern', variants: 'fig cedar orange vanilla set_of_6' },
    1290,
    { isUsedUp: true, season: 'winter' },
  ),
  category(
    ['BTH', 'Bath', 'CAN'],
    { nouns: 'Soap Bath_Salt Hand_Cream Shampoo_Bar', variants: 'lavender rose mint oat' },
    890,
    { isUsedUp: true },
  ),
  category(
    ['GAR', 'Garden', 'SED'],
    { nouns: 'Trowel Watering_Can Planter Gloves Secateurs', variants: 'green zinc oak' },
    2490,
    { season: 'spring' },
  ),
  category(
    ['SED', 'Seeds', 'GAR'],
    { nouns: 'Tomato Basil Sunflower Pepper Wildflower_Mix', variants: '1_bag 3_bags' },
    390,
    { isUsedUp: true, season: 'spring' },
  ),
  category(
    ['STA', 'Stationery', 'ART'],
    { nouns: 'Notebook Planner Pen Card_Set Pencil_Case', variants: 'A5 A6 dotted lined' },
    1090,
  ),
  category(
    ['ART', 'Wall art', 'STA'],
    { nouns: 'Print Poster Frame Calendar', variants: '30_x_40 50_x_70' },
    2990,
  ),
  category(
    ['TOY', 'Toys', 'STA'],
    { nouns: 'Puzzle Train Kite Blocks Doll', variants: 'small large' },
    2290,
    { season: 'winter' },
  ),
  category(
    ['PET', 'Pet food', 'PTY'],
    { nouns: 'Dry_Food Wet_Food Treats Chew', variants: 'chicken salmon beef' },
    1590,
    { isUsedUp: true },
  ),
  category(
    ['PTY', 'Pet toys', 'PET'],
    { nouns: 'Ball Rope Feather_Wand Tunnel', variants: 'small medium large' },
    990,
  ),
  category(
    ['CMP', 'Camping', 'CYC'],
    { nouns: 'Lamp Flask Hammock Stove Blanket', variants: 'light compact' },
    4490,
    { season: 'summer' },
  ),
  category(
    ['CYC', 'Cycling', 'CMP'],
    { nouns: 'Bell Bottle Pannier Pump Helmet', variants: 'black red' },
    3490,
    { season: 'summer' },
  ),
];

/** The words that the names of each style begin with. */
const styleWords = [
  'Simple Everyday Basic Little Handy',
  'Classic Heritage Nordic Country Riverside',
  'Atelier Grand Velvet Signature Reserve',
];
/** The parts of a category's price that a style costs. */
const stylePrices = [0.6, 1, 1.9];
/** The number of styles of each category. */
export const shopStyles = styleWords.length;

/** The parts of the products that are sold out, and that are new. */
const soldOutPart = 0.07;
const newPart = 0.04;

/** Invents products, each of a category and a style, with a name of their words and a number of its own. */
export function inventProducts(count: number, random: RandomStream): ShopProduct[] {
  const used = new Set<string>();
  return Array.from({ length: count }, (_, i) => {
    const kind = shopCategories[random.integer(shopCategories.length)]!;
    const style = random.integer(shopStyles);
    const spread = Math.exp(0.25 * random.normal());
    const priceCents = Math.max(90, tens(kind.priceCents * stylePrices[style]! * spread) - 10);
    const sku = `${kind.letters}-${String(1001 + i)}`;
    const isNew = random.float() < newPart;
    return {
      sku,
      name: inventName(kind, style, { used, random }),
      category: kind.name,
      style,
      priceCents,
      image: `https://shop.example/images/${sku.toLowerCase()}.jpg`,
      isInStock: random.float() >= soldOutPart || isNew,
      isNew,
    };
  });
}

function inventName(
  { nouns, variants }: ShopCategory,
  style: number,
  { used, random }: { used: Set<string>; random: RandomStream },
): string {
  const pick = (list: string) => {
    const choices = list.split(' ');
    return choices[random.integer(choices.length)]!.replaceAll('_', ' ');
  };
  for (let attempt = 0; ; attempt++) {
    const plain = `${pick(styleWords[style]!)} ${pick(nouns)}`;
    // A large range runs out of words, so later editions get numbers.
    const edition = attempt < 4 ? '' : ` No. ${2 + random.integer(2 * attempt)}`;
    const name = `${plain}${edition}, ${pick(variants)}`;
    if (!used.has(name)) {
      used.add(name);
      return name;
    }
  }
}

function tens(cents: number): number {
  return 10 * Math.round(cents / 10);
}
