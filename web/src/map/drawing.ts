/** Draws the map's dots, lines, rings and names on its canvas. */

import type { ZoomTransform } from 'd3-zoom';
import { type Dot, layDot, makeDot, rgbOf } from './dots.js';
import type { Ink } from './genre-inks.js';
import { type Label, maxTries, placeFixed, placeLabels, placeRegions } from './labels.js';
import { type RegionPoint, regionsOf } from './regions.js';
import { type Box, Room } from './room.js';

/** An item on the map. */
export interface ScatterPoint {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Index into the colours. */
  readonly color: number;
  /** The category that may name its region; null for none. */
  readonly group: string | null;
  /** Heavier items get larger dots, and their names are written first. */
  readonly weight: number;
}

/** A point with its position on the canvas at zoom 1. */
export interface Placed {
  readonly point: ScatterPoint;
  readonly x: number;
  readonly y: number;
  /** Index into the radii. */
  readonly size: number;
  isDim: boolean;
}

/** The colours of a colour scheme. */
export interface ScatterColors {
  readonly points: readonly Ink[];
  readonly text: string;
  readonly page: string;
  readonly accent: string;
}

/** Everything that a frame shows. */
export interface Scene {
  /** The lightest first, so that the heaviest are drawn on top. */
  readonly placed: readonly Placed[];
  readonly transform: ZoomTransform;
  readonly selected: Placed | undefined;
  /** Points that lines join to the selected one. */
  readonly linked: readonly Placed[];
  readonly ringed: readonly Placed[];
  /** What is recommended for the ringed ones. */
  readonly recommended: readonly Placed[];
  readonly hovered: Placed | null;
  /** The part that lies below buttons. */
  readonly covered: Box;
}

/** Radii of the four sizes in CSS pixels, on a dense map. */
const radii = [2, 2.8, 3.8, 5];
const opacities = { dim: 0.12, clear: 0.85 };

/** The heaviest points in view name its regions; with more, a frame would take longer and read the same. */
const maxRegionPoints = 3000;

/** Prepared dots of every size and colour, for one zoom. */
interface Dots {
  readonly scale: number;
  readonly ratio: number;
  /** [size][colour] */
  readonly dim: readonly (readonly Dot[])[];
  readonly clear: readonly (readonly Dot[])[];
}

/** Draws scenes on a canvas. */
export class ScatterDrawing {
  readonly #canvas: HTMLCanvasElement;
  #colors: ScatterColors | null = null;
  #dots: Dots | null = null;
  #image: ImageData | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  setColors(colors: ScatterColors): void {
    this.#colors = colors;
    this.#dots = null;
  }

  /** Draws a scene and stores the milliseconds it took in the canvas's `data-draw-ms`. */
  draw(scene: Scene): void {
    const context = this.#canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const colors = this.#colors;
    if (context === null || colors === null || width === 0) return;
    const began = performance.now();
    const ratio = this.#canvas.width / width;
    // Dots grow more slowly than the gaps between them. A sparse map has room for larger dots.
    const roomy = Math.sqrt((width * height) / Math.max(1, scene.placed.length)) / 18;
    const scale = Math.min(2.4, scene.transform.k ** 0.35) * Math.min(2, Math.max(0.8, roomy));
    const dots = this.#dotsAt(Math.round(scale * 20) / 20, ratio, colors);
    this.#drawPoints(context, scene, { dots, ratio, page: colors.page });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMarks(context, scene, scale, colors);
    const room = new Room({ width, height });
    room.take(scene.covered);
    for (const { x, y, isDim } of scene.placed) {
      if (!isDim) room.addDot(scene.transform.applyX(x), scene.transform.applyY(y));
    }
    const style = { ...colors, room };
    placeFixed(context, fixedLabels(scene, scale), style);
    const named = placeRegions(context, this.#regions(scene, width, height), style);
    const isWritten = new Set(named.map(({ medoid }) => medoid));
    const labels = labelsInView(scene, scale, width, height);
    placeLabels(
      context,
      labels.filter(({ name }) => !isWritten.has(name)),
      style,
    );
    this.#canvas.dataset.drawMs = (performance.now() - began).toFixed(1);
  }

  #drawPoints(
    context: CanvasRenderingContext2D,
    { placed, transform }: Scene,
    { dots, ratio, page }: { dots: Dots; ratio: number; page: string },
  ): void {
    const { width, height } = this.#canvas;
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
    }
    const [red, green, blue] = rgbOf(page);
    // Little-endian, like every machine that runs a browser.
    new Uint32Array(this.#image.data.buffer).fill(
      ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0,
    );
    const k = transform.k * ratio;
    const tx = transform.x * ratio;
    const ty = transform.y * ratio;
    // Dimmed points come first, so that the others are drawn on top.
    for (const dim of [true, false]) {
      const bySize = dim ? dots.dim : dots.clear;
      for (const { point, x, y, size, isDim } of placed) {
        if (isDim !== dim) continue;
        layDot(this.#image, bySize[size]![point.color]!, x * k + tx, y * k + ty);
      }
    }
    context.putImageData(this.#image, 0, 0);
  }

  /** The named regions in view: a few across the canvas, whatever the zoom. */
  #regions({ placed, transform }: Scene, width: number, height: number) {
    const inView: RegionPoint[] = [];
    for (let place = placed.length - 1; place >= 0 && inView.length < maxRegionPoints; place--) {
      const { point, x, y, isDim } = placed[place]!;
      const px = transform.applyX(x);
      const py = transform.applyY(y);
      if (isDim || px < 0 || py < 0 || px > width || py > height) continue;
      const { name, group, weight } = point;
      inView.push({ x: px, y: py, name, group, weight });
    }
    const across = Math.max(2, Math.round(width / 230));
    const down = Math.max(2, Math.round(height / 150));
    return regionsOf(inView, { width: width / across, height: height / down });
  }

  /** The prepared dots; those of the last zoom are kept. */
  #dotsAt(scale: number, ratio: number, { points, page }: ScatterColors): Dots {
    if (this.#dots?.scale !== scale || this.#dots.ratio !== ratio) {
      const make = (opacity: number) =>
        radii.map((radius) =>
          points.map(({ color, isRing }) =>
            makeDot(radius * scale * ratio, rgbOf(color), rgbOf(page), { opacity, isRing }),
          ),
        );
      this.#dots = { scale, ratio, dim: make(opacities.dim), clear: make(opacities.clear) };
    }
    return this.#dots;
  }
}

/**
 * The size of a point by its place among the points, the lightest first.
 *
 * Only the order of the weights counts: the heaviest hundredth gets the largest radius.
 */
export function sizeAt(place: number, count: number): number {
  return [0.6, 0.9, 0.99].filter((part) => place >= part * count).length;
}

function drawMarks(
  context: CanvasRenderingContext2D,
  { transform, selected, linked, ringed, recommended, hovered }: Scene,
  scale: number,
  { accent, text }: ScatterColors,
): void {
  const on = ({ x, y }: Placed) => transform.apply([x, y]);
  const ring = (placed: Placed, wider: number, color: string) => {
    const [x, y] = on(placed);
    context.beginPath();
    context.arc(x, y, radii[placed.size]! * scale + wider, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.stroke();
  };
  if (selected) {
    context.strokeStyle = text;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.beginPath();
    for (const other of linked) {
      context.moveTo(...on(selected));
      context.lineTo(...on(other));
    }
    context.stroke();
    context.globalAlpha = 1;
  }
  context.setLineDash([3, 2]);
  for (const placed of recommended) ring(placed, 3.5, accent);
  context.setLineDash([]);
  for (const placed of ringed) ring(placed, 2.5, accent);
  if (hovered) ring(hovered, 3, text);
  if (selected) ring(selected, 4, text);
}

/** The names of the heaviest points in view that are not dimmed; without the selected one, which has its name. */
function labelsInView(scene: Scene, scale: number, width: number, height: number): Label[] {
  const labels: Label[] = [];
  const { placed, transform } = scene;
  for (let place = placed.length - 1; place >= 0 && labels.length < maxTries; place--) {
    const { point, x, y, size, isDim } = placed[place]!;
    const [px, py] = transform.apply([x, y]);
    if (isDim || placed[place] === scene.selected) continue;
    if (px < 0 || py < 0 || px > width || py > height) continue;
    labels.push({ name: point.name, x: px, y: py, radius: radii[size]! * scale });
  }
  return labels;
}

/** The name of the selected point, which is always written. */
function fixedLabels({ selected, transform }: Scene, scale: number): Label[] {
  if (!selected) return [];
  const [x, y] = transform.apply([selected.x, selected.y]);
  return [{ name: selected.point.name, x, y, radius: radii[selected.size]! * scale + 7 }];
}
