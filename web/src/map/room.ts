/** Where on the map there is room for a name. */

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Dots are counted in squares of this side: to look at each dot for each name would take longer than to draw them. */
const square = 8;

/** What is written and drawn on a canvas so far. */
export class Room {
  readonly #width: number;
  readonly #height: number;
  readonly #across: number;
  readonly #dots: Uint16Array;
  readonly #taken: Box[] = [];

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
    this.#across = Math.ceil(width / square);
    this.#dots = new Uint16Array(this.#across * Math.ceil(height / square));
  }

  /** Notes a dot, which names had better not cover. One outside the canvas counts for nothing. */
  addDot(x: number, y: number): void {
    if (x < 0 || y < 0 || x >= this.#width || y >= this.#height) return;
    const place = Math.floor(y / square) * this.#across + Math.floor(x / square);
    this.#dots[place] = this.#dots[place]! + 1;
  }

  /** Keeps names away from a box. */
  take(box: Box): void {
    this.#taken.push(box);
  }

  /** Whether a box lies on the canvas and nothing is written there. */
  isFree({ left, top, right, bottom }: Box): boolean {
    return (
      left >= 0 &&
      top >= 0 &&
      right <= this.#width &&
      bottom <= this.#height &&
      this.#taken.every(
        (other) =>
          right < other.left || left > other.right || bottom < other.top || top > other.bottom,
      )
    );
  }

  /** About how many dots a box would cover. @param most - above it, the count may stop */
  dotsIn({ left, top, right, bottom }: Box, most = Number.POSITIVE_INFINITY): number {
    let found = 0;
    const last = Math.min(this.#width - 1, right);
    const lowest = Math.min(this.#height - 1, bottom);
    for (let row = Math.floor(Math.max(0, top) / square); row * square <= lowest; row++) {
      for (let column = Math.floor(Math.max(0, left) / square); column * square <= last; column++) {
        found += this.#dots[row * this.#across + column]!;
      }
      if (found > most) break;
    }
    return found;
  }
}
