/** The dots of the map. */

import { describe, expect, it } from 'vitest';
import { layDot, makeDot, type Pixels, rgbOf } from './dots.js';

const width = 12;
const height = 10;
const page = rgbOf('#204060');
const blank = () => ({
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, k) => [...page, 255][k % 4]!),
  width,
  height,
});
const at = ({ data }: Pixels, x: number, y: number) => [
  ...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3),
];

describe('dots', () => {
  it('cover their centre and leave distant pixels alone', () => {
    const image = blank();
    layDot(image, makeDot(2, rgbOf('#ff0000'), page, { opacity: 1, isRing: false }), 5, 5);
    expect(at(image, 5, 5)).toEqual([255, 0, 0]);
    expect(at(image, 5, 4)).toEqual([255, 0, 0]);
    expect(at(image, 0, 0)).toEqual([...page]);
    expect(image.data.filter((_, k) => k % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it('are empty in the middle as rings, in the colour of the page also over another dot', () => {
    const image = blank();
    layDot(image, makeDot(4, rgbOf('#ffffff'), page, { opacity: 1, isRing: false }), 5, 5);
    layDot(image, makeDot(4, rgbOf('#ff0000'), page, { opacity: 1, isRing: true }), 5, 5);
    expect(at(image, 5, 5)).toEqual([...page]);
    expect(at(image, 5, 2)).toEqual([255, 0, 0]);
  });

  it('let the pixels below show through by their opacity', () => {
    const image = blank();
    layDot(image, makeDot(2, rgbOf('#ffffff'), page, { opacity: 0.5, isRing: false }), 5, 5);
    const [red, green, blue] = at(image, 5, 5) as [number, number, number];
    expect(Math.abs(red - (255 + 0x20) / 2)).toBeLessThanOrEqual(1);
    expect(Math.abs(green - (255 + 0x40) / 2)).toBeLessThanOrEqual(1);
    expect(Math.abs(blue - (255 + 0x60) / 2)).toBeLessThanOrEqual(1);
  });

  it('are cut at each edge of the image', () => {
    const dot = makeDot(3, rgbOf('#ffffff'), page, { opacity: 1, isRing: false });
    for (const [x, y] of [
      [0, 0],
      [width - 1, height - 1],
      [-2, 5],
      [width + 1, 5],
      [5, -2],
      [5, height + 1],
      [-50, -50],
      [500, 500],
    ] as const) {
      const image = blank();
      layDot(image, dot, x, y);
      // A dot cut at the right edge must not continue at the left edge.
      if (x > width / 2) expect(at(image, 0, 5)).toEqual([...page]);
      if (x < width / 2 && x > -width) expect(at(image, width - 1, 5)).toEqual([...page]);
    }
  });

  it('refuse a colour that they cannot read', () => {
    expect(rgbOf('#0a1b2c')).toEqual([10, 27, 44]);
    expect(rgbOf('#f0c')).toEqual([255, 0, 204]);
    expect(() => rgbOf('rebeccapurple')).toThrow('rebeccapurple');
  });
});
