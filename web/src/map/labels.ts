/** Places names of items and of regions on the map where there is room. */

import type { Region } from './regions.js';

/** A name to write beside a point. */
export interface Label {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Radius of the point, in pixels. */
  readonly radius: number;
}

/** A box that holds a text; `y` is its middle. */
interface Taken {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

interface LabelStyle {
  readonly text: string;
  /** The colour of the outline around the letters. */
  readonly page: string;
  readonly width: number;
  readonly height: number;
  /** Where there is no room, because something is written there. */
  readonly taken?: readonly Taken[];
}

const maxLabels = 22;
/** How many names are tried in one frame, because most find no room. */
export const maxTries = 160;
const lineHeight = 16;
const longest = 28;

/**
 * Writes names where there is room, in the given order.
 *
 * @param labels - the most important first
 * @param fixed - names that are always written
 */
export function placeLabels(
  context: CanvasRenderingContext2D,
  labels: readonly Label[],
  fixed: readonly Label[],
  { text, page, width, height, taken: before = [] }: LabelStyle,
): void {
  const taken: Taken[] = [...before];
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = page;
  context.fillStyle = text;
  const write = ({ name, x, y, radius }: Label, { always }: { always: boolean }): void => {
    context.font = `${always ? 600 : 400} 12px system-ui, sans-serif`;
    const short = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
    const wide = context.measureText(short).width;
    const right = x + radius + 3 + wide;
    const left = right > width ? x - radius - 3 - wide : x + radius + 3;
    const box = { left: left - 4, right: left + wide + 4, y };
    const free = taken.every(
      (other) =>
        box.right < other.left || box.left > other.right || Math.abs(y - other.y) > lineHeight,
    );
    if (!always && (!free || left < 0 || y < lineHeight || y > height - lineHeight)) return;
    taken.push(box);
    context.strokeText(short, left, y);
    context.fillText(short, left, y);
  };
  for (const label of fixed) write(label, { always: true });
  for (const label of labels) {
    if (taken.length - before.length >= maxLabels) break;
    if (!fixed.some(({ x, y }) => x === label.x && y === label.y)) write(label, { always: false });
  }
}

const maxRegions = 12;

/**
 * Writes the names of regions: the category in capitals, the medoid's title below.
 *
 * @param regions - the largest first; those without room are left out
 * @returns where names were written
 */
export function placeRegions(
  context: CanvasRenderingContext2D,
  regions: readonly Region[],
  { text, page, width, height }: LabelStyle,
): Taken[] {
  const taken: Taken[] = [];
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 4;
  context.strokeStyle = page;
  context.fillStyle = text;
  context.textAlign = 'center';
  for (const { x, y, group, medoid } of regions) {
    if (taken.length >= 2 * maxRegions) break;
    const short = medoid.length > longest ? `${medoid.slice(0, longest - 1)}…` : medoid;
    const lines = [
      { words: group.toUpperCase(), font: '700 14px system-ui, sans-serif', y: y - 8 },
      { words: short, font: 'italic 400 12px system-ui, sans-serif', y: y + 8 },
    ];
    const boxes = lines.map((line) => {
      context.font = line.font;
      const half = context.measureText(line.words).width / 2;
      return { left: x - half - 4, right: x + half + 4, y: line.y };
    });
    const free = boxes.every(
      (box) =>
        box.left > 0 &&
        box.right < width &&
        box.y > lineHeight &&
        box.y < height - lineHeight &&
        taken.every(
          (other) =>
            box.right < other.left ||
            box.left > other.right ||
            Math.abs(box.y - other.y) > lineHeight,
        ),
    );
    if (!free) continue;
    taken.push(...boxes);
    for (const line of lines) {
      context.font = line.font;
      context.strokeText(line.words, x, line.y);
      context.fillText(line.words, x, line.y);
    }
  }
  context.textAlign = 'start';
  return taken;
}
