import type { ZoomTransform } from 'd3-zoom';
import { type Label, mostTries, placeLabels } from './map-labels.js';
import { drawSprite, type Sprite } from './sprites.js';

/** An item on the map. */
export interface ScatterPoint {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Index into the colours. */
  readonly color: number;
  /** Larger items are drawn larger, and are the first to get their name written. */
  readonly weight: number;
}

/** A point with its place on the canvas while nothing is zoomed. */
export interface Placed {
  readonly point: ScatterPoint;
  readonly x: number;
  readonly y: number;
  /** Index into the radii: how large it is among the others. */
  readonly size: number;
  isDim: boolean;
}

/** Colours of a scheme. */
export interface ScatterColors {
  readonly points: readonly string[];
  readonly text: string;
  readonly page: string;
  readonly accent: string;
}

/** What is to be seen. */
export interface Scene {
  /** The lightest first, so that the heaviest lie on top. */
  readonly placed: readonly Placed[];
  readonly transform: ZoomTransform;
  readonly selected: Placed | undefined;
  /** Joined to the selected one by lines. */
  readonly linked: readonly Placed[];
  readonly ringed: readonly Placed[];
  readonly hovered: Placed | null;
}

/** Of the four sizes, in pixels of a dense map. */
const radii = [2, 2.8, 3.8, 5];
/** So far beyond the edge a point still reaches into view. */
const edge = 30;

/** Draws a scene: every point is a picture that was drawn once, so that twenty thousand make a frame. */
export class ScatterDrawing {
  readonly #canvas: HTMLCanvasElement;
  #colors: ScatterColors | null = null;
  #pictures: { scale: number; ratio: number; drawn: readonly (readonly Sprite[])[] } | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  setColors(colors: ScatterColors): void {
    this.#colors = colors;
    this.#pictures = null;
  }

  /** Draws; says on the canvas how many milliseconds it took. */
  draw(scene: Scene): void {
    const context = this.#canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const colors = this.#colors;
    if (context === null || colors === null || width === 0) return;
    const began = performance.now();
    const ratio = this.#canvas.width / width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { k, x: tx, y: ty } = scene.transform;
    // Dots grow with the zoom, but less than the room between them; a sparse map has room for larger ones.
    const roomy = Math.sqrt((width * height) / Math.max(1, scene.placed.length)) / 18;
    const scale = Math.min(2.4, k ** 0.35) * Math.min(2, Math.max(0.8, roomy));
    const sprites = this.#sprites(colors, Math.round(scale * 20) / 20, ratio);
    // The dimmed ones first: what the reader looks at lies on top.
    for (const dim of [true, false]) {
      context.globalAlpha = dim ? 0.12 : 0.85;
      for (const { point, x, y, size, isDim } of scene.placed) {
        if (isDim !== dim) continue;
        const px = x * k + tx;
        const py = y * k + ty;
        if (px < -edge || py < -edge || px > width + edge || py > height + edge) continue;
        const { picture, half } = sprites[size]![point.color]!;
        context.drawImage(picture, px - half, py - half, 2 * half, 2 * half);
      }
    }
    context.globalAlpha = 1;
    drawMarks(context, scene, scale, colors);
    placeLabels(context, labelsInView(scene, scale, width, height), fixedLabels(scene, scale), {
      ...colors,
      ...{ width, height },
    });
    this.#canvas.dataset.drawMs = (performance.now() - began).toFixed(1);
  }

  /** A picture for every size and colour; those of the last zoom are kept. */
  #sprites({ points, page }: ScatterColors, scale: number, ratio: number) {
    if (this.#pictures?.scale !== scale || this.#pictures.ratio !== ratio) {
      const drawn = radii.map((radius) =>
        points.map((color) => drawSprite(radius * scale, color, page, ratio)),
      );
      this.#pictures = { scale, ratio, drawn };
    }
    return this.#pictures.drawn;
  }
}

/** Which of the radii a point has: the heaviest hundredth the largest, whatever the weights are. */
export function sizeAt(place: number, count: number): number {
  return [0.6, 0.9, 0.99].filter((part) => place >= part * count).length;
}

function drawMarks(
  context: CanvasRenderingContext2D,
  { transform, selected, linked, ringed, hovered }: Scene,
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
  for (const placed of ringed) ring(placed, 2.5, accent);
  if (hovered) ring(hovered, 3, text);
  if (selected) ring(selected, 4, text);
}

/** The names of the heaviest points in view that are not dimmed. */
function labelsInView(scene: Scene, scale: number, width: number, height: number): Label[] {
  const labels: Label[] = [];
  const { placed, transform } = scene;
  for (let place = placed.length - 1; place >= 0 && labels.length < mostTries; place--) {
    const { point, x, y, size, isDim } = placed[place]!;
    const [px, py] = transform.apply([x, y]);
    if (isDim || px < 0 || py < 0 || px > width || py > height) continue;
    labels.push({ name: point.name, x: px, y: py, radius: radii[size]! * scale });
  }
  return labels;
}

/** The name that is written whatever else is. */
function fixedLabels({ selected, transform }: Scene, scale: number): Label[] {
  if (!selected) return [];
  const [x, y] = transform.apply([selected.x, selected.y]);
  return [{ name: selected.point.name, x, y, radius: radii[selected.size]! * scale + 7 }];
}
