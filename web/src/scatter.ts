import { type Quadtree, quadtree } from 'd3-quadtree';
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import 'd3-transition';
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom';
import { placeLabels } from './map-labels.js';

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

/** What the map shows besides its points. */
export interface ScatterMarks {
  readonly selected: string | null;
  /** Joined to the selected one by lines. */
  readonly linked: readonly string[];
  readonly ringed: ReadonlySet<string>;
  /** Whether a point stands back, because the reader looks at others. */
  readonly dimmed: (point: ScatterPoint) => boolean;
}

/** Colours of a scheme. */
export interface ScatterColors {
  readonly points: readonly string[];
  readonly text: string;
  readonly page: string;
  readonly accent: string;
}

export interface ScatterEvents {
  /** @param at - in the canvas' own pixels */
  hover(point: ScatterPoint | null, at: readonly [x: number, y: number]): void;
  pick(point: ScatterPoint): void;
}

interface Placed {
  readonly point: ScatterPoint;
  /** Place on the canvas where nothing is zoomed. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

const padding = 28;
const reachPx = 14;
const mostZoom = 40;
const radii = [2, 2.8, 3.8, 5];

/**
 * Points on a canvas, with zoom, pan, hover and click.
 *
 * Every point is a small picture that was drawn once, copied to its place: so twenty thousand take a few milliseconds.
 */
export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: ScatterEvents;
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  #points: readonly ScatterPoint[] = [];
  /** The lightest first, so that the heaviest lie on top. */
  #placed: readonly Placed[] = [];
  #tree: Quadtree<Placed> = quadtree();
  #byId = new Map<string, Placed>();
  #transform = zoomIdentity;
  #marks: ScatterMarks = { selected: null, linked: [], ringed: new Set(), dimmed: () => false };
  #colors: ScatterColors = { points: [], text: '', page: '', accent: '' };
  #sprites = new Map<string, HTMLCanvasElement>();
  #frame = 0;
  #hovered: Placed | null = null;

  constructor(canvas: HTMLCanvasElement, events: ScatterEvents) {
    this.#canvas = canvas;
    this.#events = events;
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.8, mostZoom])
      .on('zoom', ({ transform }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
        this.#transform = transform;
        this.#hover(null, [0, 0]);
        this.#schedule();
      });
    select(canvas).call(this.#zoom).on('dblclick.zoom', null);
    canvas.addEventListener('pointermove', this.#onMove);
    canvas.addEventListener('pointerleave', this.#onLeave);
    canvas.addEventListener('click', this.#onClick);
  }

  /** Puts other points on the map, and shows the whole of it. */
  setPoints(points: readonly ScatterPoint[]): void {
    this.#points = points;
    this.#place();
    this.whole(false);
  }

  setMarks(marks: ScatterMarks): void {
    this.#marks = marks;
    this.#schedule();
  }

  setColors(colors: ScatterColors): void {
    this.#colors = colors;
    this.#sprites.clear();
    this.#schedule();
  }

  /** Fits the drawing to the size of the canvas on the page. */
  resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(clientWidth * ratio);
    this.#canvas.height = Math.round(clientHeight * ratio);
    this.#zoom.extent([
      [0, 0],
      [clientWidth, clientHeight],
    ]);
    this.#sprites.clear();
    this.#place();
    this.#schedule();
  }

  zoomBy(factor: number): void {
    this.#gently().call(this.#zoom.scaleBy, factor);
  }

  /** Shows the whole map. */
  whole(gently = true): void {
    if (gently) this.#gently().call(this.#zoom.transform, zoomIdentity);
    else select(this.#canvas).call(this.#zoom.transform, zoomIdentity);
  }

  /** Brings a point into view, where it is not. */
  reveal(id: string): void {
    const placed = this.#byId.get(id);
    if (placed === undefined) return;
    const [x, y] = this.#transform.apply([placed.x, placed.y]);
    const { clientWidth, clientHeight } = this.#canvas;
    const margin = 2 * padding;
    const inside =
      x > margin && y > margin && x < clientWidth - margin && y < clientHeight - margin;
    if (!inside) this.#gently().call(this.#zoom.translateTo, placed.x, placed.y);
  }

  /** The next point that is not dimmed, from the selected one in a direction; from the middle where none is. */
  neighbour(dx: number, dy: number): ScatterPoint | null {
    const from = this.#marks.selected === null ? undefined : this.#byId.get(this.#marks.selected);
    const { clientWidth, clientHeight } = this.#canvas;
    const centre = this.#transform.invert([clientWidth / 2, clientHeight / 2]);
    const [x, y] = from ? [from.x, from.y] : centre;
    // A step shorter than this on the screen would seem to go nowhere.
    const least = from ? reachPx / this.#transform.k : 0;
    let best: Placed | null = null;
    let cost = Number.POSITIVE_INFINITY;
    for (const placed of this.#placed) {
      if (placed === from || this.#marks.dimmed(placed.point)) continue;
      const along = from ? (placed.x - x) * dx + (placed.y - y) * dy : 0;
      const aside = from
        ? Math.abs((placed.x - x) * dy - (placed.y - y) * dx)
        : Math.hypot(placed.x - x, placed.y - y);
      if (along < least || along + 2 * aside >= cost) continue;
      best = placed;
      cost = along + 2 * aside;
    }
    return best?.point ?? null;
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    select(this.#canvas).on('.zoom', null);
    this.#canvas.removeEventListener('pointermove', this.#onMove);
    this.#canvas.removeEventListener('pointerleave', this.#onLeave);
    this.#canvas.removeEventListener('click', this.#onClick);
  }

  #gently() {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    return select(this.#canvas)
      .transition()
      .duration(still ? 0 : 350);
  }

  #place(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const extent = (values: number[]): [number, number] => [
      values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    ];
    const x = scaleLinear(extent(this.#points.map((point) => point.x)), [padding, width - padding]);
    const y = scaleLinear(extent(this.#points.map((point) => point.y)), [
      height - padding,
      padding,
    ]);
    // A sparse map has room for larger dots.
    const roomy = Math.sqrt((width * height) / Math.max(1, this.#points.length)) / 18;
    const larger = Math.min(2, Math.max(0.8, roomy));
    const light = this.#points.toSorted((a, b) => a.weight - b.weight);
    // The heaviest hundredth is largest, whatever the weights are.
    const sizes = [0.6, 0.9, 0.99];
    this.#placed = light.map((point, place) => {
      const size = sizes.filter((part) => place >= part * light.length).length;
      return { point, x: x(point.x), y: y(point.y), radius: radii[size]! * larger };
    });
    this.#byId = new Map(this.#placed.map((placed) => [placed.point.id, placed]));
    this.#tree = quadtree<Placed>()
      .x((placed) => placed.x)
      .y((placed) => placed.y)
      .addAll([...this.#placed]);
  }

  #at(event: MouseEvent): Placed | null {
    const at: [number, number] = [event.offsetX, event.offsetY];
    const [x, y] = this.#transform.invert(at);
    return this.#tree.find(x, y, reachPx / this.#transform.k) ?? null;
  }

  readonly #onMove = (event: PointerEvent) => {
    if (event.pointerType === 'touch' || event.buttons > 0) return;
    const placed = this.#at(event);
    this.#hover(placed, placed ? this.#transform.apply([placed.x, placed.y]) : [0, 0]);
  };

  readonly #onLeave = () => this.#hover(null, [0, 0]);

  // d3-zoom keeps the click that ends a drag to itself.
  readonly #onClick = (event: MouseEvent) => {
    const placed = this.#at(event);
    if (placed) this.#events.pick(placed.point);
  };

  #hover(placed: Placed | null, at: readonly [number, number]): void {
    if (placed === this.#hovered) return;
    this.#hovered = placed;
    this.#canvas.classList.toggle('on-point', placed !== null);
    this.#events.hover(placed?.point ?? null, at);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const context = this.#canvas.getContext('2d');
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (context === null || this.#colors.points.length === 0) return;
    const began = performance.now();
    const ratio = this.#canvas.width / (width || 1);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { k, x: tx, y: ty } = this.#transform;
    const grow = Math.min(2.4, k ** 0.35);
    const labelled: { name: string; x: number; y: number; radius: number }[] = [];
    for (const { point, x, y, radius } of this.#placed) {
      const [px, py, r] = [x * k + tx, y * k + ty, radius * grow];
      if (px < -r || py < -r || px > width + r || py > height + r) continue;
      const dim = this.#marks.dimmed(point);
      context.globalAlpha = dim ? 0.12 : 0.85;
      const sprite = this.#sprite(point.color, r, ratio);
      const size = sprite.width / ratio;
      context.drawImage(sprite, px - size / 2, py - size / 2, size, size);
      if (!dim) labelled.push({ name: point.name, x: px, y: py, radius: r });
    }
    context.globalAlpha = 1;
    this.#drawMarks(context, grow);
    placeLabels(context, labelled.reverse(), this.#fixedLabels(grow), {
      ...this.#colors,
      width,
      height,
    });
    this.#canvas.dataset.drawMs = (performance.now() - began).toFixed(1);
  }

  /** The names that are written whatever else is: of the selected item and of the one pointed at. */
  #fixedLabels(grow: number) {
    const selected = this.#byId.get(this.#marks.selected ?? '');
    return [selected].flatMap((placed) => {
      if (!placed) return [];
      const [x, y] = this.#transform.apply([placed.x, placed.y]);
      return [{ name: placed.point.name, x, y, radius: placed.radius * grow + 7 }];
    });
  }

  #drawMarks(context: CanvasRenderingContext2D, grow: number): void {
    const { selected, linked, ringed } = this.#marks;
    const on = (placed: Placed) => this.#transform.apply([placed.x, placed.y]);
    const ring = (placed: Placed, wider: number, color: string) => {
      const [x, y] = on(placed);
      context.beginPath();
      context.arc(x, y, placed.radius * grow + wider, 0, 2 * Math.PI);
      context.strokeStyle = color;
      context.lineWidth = 2;
      context.stroke();
    };
    const { accent, text } = this.#colors;
    const from = selected === null ? undefined : this.#byId.get(selected);
    if (from) {
      context.strokeStyle = text;
      context.globalAlpha = 0.45;
      context.lineWidth = 1;
      context.beginPath();
      for (const id of linked) {
        const to = this.#byId.get(id);
        if (!to) continue;
        context.moveTo(...on(from));
        context.lineTo(...on(to));
      }
      context.stroke();
      context.globalAlpha = 1;
    }
    for (const id of ringed) {
      const placed = this.#byId.get(id);
      if (placed) ring(placed, 2.5, accent);
    }
    if (this.#hovered) ring(this.#hovered, 3, text);
    if (from) ring(from, 4, text);
  }

  #sprite(color: number, radius: number, ratio: number): HTMLCanvasElement {
    const key = `${color} ${radius.toFixed(1)}`;
    const kept = this.#sprites.get(key);
    if (kept) return kept;
    // Sizes change with the zoom; a few hundred pictures are none of them worth keeping for ever.
    if (this.#sprites.size > 400) this.#sprites.clear();
    const sprite = document.createElement('canvas');
    const size = Math.ceil((2 * radius + 2) * ratio);
    sprite.width = size;
    sprite.height = size;
    const context = sprite.getContext('2d')!;
    context.beginPath();
    context.arc(size / 2, size / 2, radius * ratio, 0, 2 * Math.PI);
    context.fillStyle = this.#colors.points[color]!;
    context.fill();
    context.strokeStyle = this.#colors.page;
    context.lineWidth = 0.75 * ratio;
    context.stroke();
    this.#sprites.set(key, sprite);
    return sprite;
  }
}
