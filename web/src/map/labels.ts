/** Writes names of items and of regions on the map where there is room. */

import type { Region } from './regions.js';
import type { Box, Room } from './room.js';

/** A name to write beside a point. */
export interface Label {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Radius of the point, in pixels. */
  readonly radius: number;
}

/** How names are written. */
interface LabelStyle {
  readonly text: string;
  /** The colour of the outline around the letters. */
  readonly page: string;
  /** Takes each name that is written. */
  readonly room: Room;
}

/** A line of text: where it begins, and its middle. */
interface Line {
  readonly words: string;
  readonly font: string;
  readonly left: number;
  readonly y: number;
  readonly box: Box;
}

/** A place for a name: its lines, and what it costs beside the dots that it covers. */
interface Place {
  readonly lines: readonly Line[];
  readonly cost: number;
}

const maxLabels = 22;
const maxRegions = 12;
/** A name of an item covers fewer dots: it can be read elsewhere, by pointing at its own. */
const maxCovered = 5;
/** How many names are tried in one frame, because most find no room. */
export const maxTries = 160;
const longest = 28;
const halfLine = 8;
const fonts = {
  item: '400 12px system-ui, sans-serif',
  fixed: '600 12px system-ui, sans-serif',
  category: '700 14px system-ui, sans-serif',
  medoid: 'italic 400 12px system-ui, sans-serif',
} as const;

/** Writes the names of points that are always named, whatever is there. */
export function placeFixed(
  context: CanvasRenderingContext2D,
  labels: readonly Label[],
  style: LabelStyle,
): void {
  for (const label of labels) {
    const [right, left] = besidePoint(context, label, fonts.fixed);
    const lies = style.room.isFree(right!.lines[0]!.box) ? right! : left!;
    write(context, lies.lines, { ...style, outline: 3 });
  }
}

/**
 * Writes names beside their points, in the given order, on the side where they cover the fewest dots.
 *
 * @param labels - the most important first; those without room, and those that would cover many dots, are left out
 */
export function placeLabels(
  context: CanvasRenderingContext2D,
  labels: readonly Label[],
  style: LabelStyle,
): void {
  let written = 0;
  for (const label of labels) {
    if (written >= maxLabels) break;
    const place = best(besidePoint(context, label, fonts.item), style.room, maxCovered);
    if (place === null) continue;
    write(context, place.lines, { ...style, outline: 3 });
    written++;
  }
}

/**
 * Writes the names of regions: the category in capitals, the medoid's title below. They are written over the region, or
 * beside it where they would cover its dots.
 *
 * @param regions - the largest first; those without room are left out
 * @returns those that are named
 */
export function placeRegions(
  context: CanvasRenderingContext2D,
  regions: readonly Region[],
  style: LabelStyle,
): Region[] {
  const named: Region[] = [];
  for (const region of regions) {
    if (named.length >= maxRegions) break;
    const place = best(aroundRegion(context, region), style.room);
    if (place === null) continue;
    write(context, place.lines, { ...style, outline: 4 });
    named.push(region);
  }
  return named;
}

/** The place that costs the least, and less than `below`, where nothing is written; the first of equals. */
function best(
  places: readonly Place[],
  room: Room,
  below = Number.POSITIVE_INFINITY,
): Place | null {
  let chosen: Place | null = null;
  let least = below;
  for (const place of places) {
    if (place.cost >= least || !place.lines.every(({ box }) => room.isFree(box))) continue;
    const cost = place.lines.reduce((sum, { box }) => sum + room.dotsIn(box, least), place.cost);
    if (cost >= least) continue;
    chosen = place;
    least = cost;
  }
  return chosen;
}

/** The places beside a point: right, left, above and below. */
function besidePoint(
  context: CanvasRenderingContext2D,
  { name, x, y, radius }: Label,
  font: string,
): Place[] {
  const words = shortened(name);
  const wide = widthOf(context, words, font);
  const gap = radius + 3;
  return (
    [
      [x + gap, y, 0],
      [x - gap - wide, y, 0.5],
      [x - wide / 2, y - gap - halfLine, 1],
      [x - wide / 2, y + gap + halfLine, 1],
    ] as const
  ).map(([left, middle, cost]) => ({
    lines: [lineAt({ words, font, left, y: middle }, wide)],
    cost,
  }));
}

/** How far a region's name may be moved, in pixels, and what a pixel costs: so much as this part of a covered dot. */
const steps = { across: [0, -50, 50, -100, 100], down: [0, -26, 26, -52, 52, -78, 78] } as const;
const costOfPixel = 0.08;

function aroundRegion(context: CanvasRenderingContext2D, { x, y, group, medoid }: Region): Place[] {
  const category = group.toUpperCase();
  const title = shortened(medoid);
  const wide = widthOf(context, category, fonts.category);
  const titleWide = widthOf(context, title, fonts.medoid);
  return steps.down.flatMap((dy) =>
    steps.across.map((dx) => {
      const above = { words: category, font: fonts.category, left: x + dx - wide / 2 };
      const below = { words: title, font: fonts.medoid, left: x + dx - titleWide / 2 };
      return {
        lines: [
          lineAt({ ...above, y: y + dy - halfLine }, wide),
          lineAt({ ...below, y: y + dy + halfLine }, titleWide),
        ],
        cost: costOfPixel * Math.hypot(dx, dy),
      };
    }),
  );
}

function lineAt(line: Omit<Line, 'box'>, wide: number): Line {
  const { left, y } = line;
  const box = {
    left: left - 4,
    right: left + wide + 4,
    top: y - halfLine,
    bottom: y + halfLine - 1,
  };
  return { ...line, box };
}

function shortened(name: string): string {
  return name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
}

/** Widths by font and words: most names of a frame are those of the frame before, and measuring takes the longest. */
const widths = new Map<string, number>();
const maxWidths = 5000;

function widthOf(context: CanvasRenderingContext2D, words: string, font: string): number {
  const key = `${font} ${words}`;
  let width = widths.get(key);
  if (width === undefined) {
    context.font = font;
    width = context.measureText(words).width;
    if (widths.size >= maxWidths) widths.clear();
    widths.set(key, width);
  }
  return width;
}

function write(
  context: CanvasRenderingContext2D,
  lines: readonly Line[],
  { text, page, room, outline }: LabelStyle & { readonly outline: number },
): void {
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = outline;
  context.strokeStyle = page;
  context.fillStyle = text;
  for (const { words, font, left, y, box } of lines) {
    context.font = font;
    context.strokeText(words, left, y);
    context.fillText(words, left, y);
    room.take(box);
  }
}
