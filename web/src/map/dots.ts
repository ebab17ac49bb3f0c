/** Dots drawn straight into the pixels of an image. */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * A dot, prepared for blending: each pixel below is multiplied by `keep` / 256, then `add` is added.
 * A thin edge in the colour of the page keeps overlapping dots apart.
 */
export interface Dot {
  /** Width and height in pixels. */
  readonly size: number;
  /** [size · size] */
  readonly keep: Uint16Array;
  /** [size · size · 3] */
  readonly add: Uint8Array;
}

/** An opaque image, such as an `ImageData`. */
export interface Pixels {
  /** [height · width · 4], red, green, blue and alpha */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

const edgePx = 0.75;
/** The part of a ring's radius that is empty. */
const hole = 0.55;

/** How a dot is drawn. */
export interface DotStyle {
  /** 0 to 1. */
  readonly opacity: number;
  /** Whether its middle has the colour of the page. */
  readonly isRing: boolean;
}

/**
 * Prepares a dot.
 *
 * @param radius - in device pixels
 */
export function makeDot(radius: number, color: Rgb, page: Rgb, { opacity, isRing }: DotStyle): Dot {
  const size = 2 * Math.ceil(radius + edgePx) + 1;
  const middle = (size - 1) / 2;
  const keep = new Uint16Array(size * size);
  const add = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const distance = Math.hypot(row - middle, column - middle);
      const covered = (within: number) => Math.min(1, Math.max(0, within + 0.5 - distance));
      const whole = covered(radius + edgePx) * opacity;
      const empty = isRing ? covered(hole * radius) : 0;
      const filled = (covered(radius) - empty) * opacity;
      const pixel = row * size + column;
      keep[pixel] = Math.round(256 * (1 - whole));
      for (let channel = 0; channel < 3; channel++) {
        add[3 * pixel + channel] = page[channel]! * (whole - filled) + color[channel]! * filled;
      }
    }
  }
  return { size, keep, add };
}

/**
 * Blends a dot into an image and cuts it at the image's edges.
 *
 * Twenty thousand dots take a few milliseconds on any machine.
 * `drawImage` takes ten times as long where the browser draws without a graphics card.
 *
 * @param x, y - the centre of the dot
 */
export function layDot(
  { data: pixels, width, height }: Pixels,
  { size, keep, add }: Dot,
  x: number,
  y: number,
): void {
  const left = Math.round(x) - (size - 1) / 2;
  const top = Math.round(y) - (size - 1) / 2;
  const firstRow = Math.max(0, -top);
  const lastRow = Math.min(size, height - top);
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(size, width - left);
  for (let row = firstRow; row < lastRow; row++) {
    let pixel = row * size + firstColumn;
    let at = 4 * ((top + row) * width + left + firstColumn);
    for (let column = firstColumn; column < lastColumn; column++, pixel++, at += 4) {
      const stays = keep[pixel]!;
      if (stays === 256) continue;
      pixels[at] = ((pixels[at]! * stays) >> 8) + add[3 * pixel]!;
      pixels[at + 1] = ((pixels[at + 1]! * stays) >> 8) + add[3 * pixel + 1]!;
      pixels[at + 2] = ((pixels[at + 2]! * stays) >> 8) + add[3 * pixel + 2]!;
    }
  }
}

/** Reads `#rrggbb`, or `#rgb`, which a minified style sheet contains. @throws Error for any other notation */
export function rgbOf(color: string): Rgb {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(color)?.[1];
  if (digits === undefined) throw new Error(`the colour ${color} is not #rrggbb`);
  const long = digits.length === 6 ? digits : digits.replace(/./g, '$&$&');
  const part = (at: number) => Number.parseInt(long.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}
