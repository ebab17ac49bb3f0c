/** The two years in which a synthetic shop sells, and its seasons. */
import type { RandomStream } from '../../random.js';
import type { Season } from './shop-products.js';

const firstDate = Date.UTC(2024, 9, 1);
const dayMs = 86_400_000;
/** Two years, to the end of September 2026. */
const days = 730;

/** By month, from January: how much is sold, against the month that sells most. */
const seasons: Readonly<Record<Season, readonly number[]>> = {
  spring: [0.25, 0.5, 1, 1, 0.9, 0.5, 0.3, 0.3, 0.3, 0.2, 0.15, 0.15],
  summer: [0.2, 0.2, 0.35, 0.6, 0.9, 1, 1, 0.85, 0.5, 0.25, 0.2, 0.3],
  winter: [0.6, 0.5, 0.35, 0.25, 0.2, 0.15, 0.15, 0.2, 0.35, 0.6, 0.95, 1],
  none: [0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6],
};
/** How many orders there are in each month. */
const orders = [0.55, 0.5, 0.6, 0.6, 0.6, 0.55, 0.5, 0.5, 0.6, 0.7, 0.95, 1];

/** Days, counted from the first one. */
export class ShopCalendar {
  readonly #months = Int32Array.from({ length: days }, (_, day) =>
    new Date(firstDate + day * dayMs).getUTCMonth(),
  );

  /** The day on which a customer may order first. */
  firstDay(random: RandomStream): number {
    return random.integer(Math.floor(0.85 * days));
  }

  /** A day of an order, from a day on; months with more orders are likelier. */
  dayFrom(first: number, random: RandomStream): number {
    for (;;) {
      const day = first + random.integer(days - first);
      if (random.float() < orders[this.#months[day]!]!) return day;
    }
  }

  /** How much of what has a season is sold on a day, from 0 to 1. */
  part(season: Season, day: number): number {
    return seasons[season][this.#months[day]!]!;
  }

  /** `YYYY-MM-DD` */
  date(day: number): string {
    return new Date(firstDate + day * dayMs).toISOString().slice(0, 10);
  }
}
