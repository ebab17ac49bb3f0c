/** Where names find room on the map. */

import { describe, expect, it } from 'vitest';
import { placeRegions } from './labels.js';
import { Room } from './room.js';

const box = (left: number, top: number, right: number, bottom: number) => ({
  left,
  top,
  right,
  bottom,
});

describe('the room of a canvas', () => {
  it('is free on the canvas, beside what is written', () => {
    const room = new Room({ width: 100, height: 50 });
    room.take(box(20, 20, 40, 30));
    expect(room.isFree(box(0, 0, 100, 19))).toBe(true);
    expect(room.isFree(box(39, 29, 60, 40))).toBe(false);
    expect(room.isFree(box(-1, 0, 10, 10))).toBe(false);
    expect(room.isFree(box(0, 40, 10, 51))).toBe(false);
  });

  it('counts the dots below a box, and none outside the canvas', () => {
    const room = new Room({ width: 100, height: 50 });
    for (const [x, y] of [
      [9, 9],
      [10, 10],
      [99, 49],
      [100, 10],
      [-1, 10],
    ] as const) {
      room.addDot(x, y);
    }
    expect(room.dotsIn(box(8, 8, 15, 15))).toBe(2);
    expect(room.dotsIn(box(-20, -20, 200, 200))).toBe(3);
    expect(room.dotsIn(box(32, 0, 60, 50))).toBe(0);
  });
});

describe('the name of a region', () => {
  const region = { x: 150, y: 100, group: 'Toys', medoid: 'Kite', points: 9 };
  /** Writes the name with letters of 8 pixels. @returns the middles of its lines */
  const written = (room: Room): number[] => {
    const lines: number[] = [];
    const context = {
      measureText: (text: string) => ({ width: 8 * text.length }),
      strokeText: () => undefined,
      fillText: (_text: string, _x: number, y: number) => lines.push(y),
    } as unknown as CanvasRenderingContext2D;
    placeRegions(context, [region], { text: '#000', page: '#fff', room });
    return lines;
  };

  it('stands over it, or beside its dots', () => {
    expect(written(new Room({ width: 300, height: 200 }))).toEqual([92, 108]);
    const room = new Room({ width: 300, height: 200 });
    for (let k = 0; k < 20; k++) room.addDot(135 + 1.5 * k, 97 + (k % 6));
    expect(written(room).every((y) => Math.abs(y - 100) > 15)).toBe(true);
  });

  it('is not written below buttons, and not at all where there is no room', () => {
    const room = new Room({ width: 300, height: 200 });
    room.take(box(100, 60, 300, 200));
    expect(written(room).every((y) => y < 60)).toBe(true);
    room.take(box(0, 0, 300, 200));
    expect(written(room)).toEqual([]);
  });
});
