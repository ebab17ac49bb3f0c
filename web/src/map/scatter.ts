/** The map's behaviour: layout, zoom, hover, click and keyboard steps. */

import { type Quadtree, quadtree } from 'd3-quadtree';
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import 'd3-transition';
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom';
import {
  type Placed,
  type ScatterColors,
  ScatterDrawing,
  type ScatterPoint,
  sizeAt,
} from './drawing.js';
import type { Box } from './room.js';

/** Marks that the map shows on its points. */
export interface ScatterMarks {
  readonly selected: string | null;
  /** Points that lines join to the selected one. */
  readonly linked: readonly string[];
  readonly ringed: ReadonlySet<string>;
  readonly recommended: ReadonlySet<string>;
  /** Whether a point is dimmed, because the reader looks at others. */
  readonly dimmed: (point: ScatterPoint) => boolean;
}

export interface ScatterEvents {
  /** @param at - in CSS pixels, from the canvas's top left corner */
  hover(point: ScatterPoint | null, at: readonly [x: number, y: number]): void;
  pick(point: ScatterPoint): void;
}

const padding = 28;
const reachPx = 14;
const maxZoom = 40;

/** Points on a canvas that the reader can zoom, pan, hover, click and walk by keys. */
export class Scatter {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: ScatterEvents;
  readonly #controls: HTMLElement;
  readonly #drawing: ScatterDrawing;
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  #points: readonly ScatterPoint[] = [];
  /** The lightest first, so that the heaviest are drawn on top. */
  #placed: readonly Placed[] = [];
  #tree: Quadtree<Placed> = quadtree();
  #byId = new Map<string, Placed>();
  #transform = zoomIdentity;
  #marks: ScatterMarks = {
    selected: null,
    linked: [],
    ringed: new Set(),
    recommended: new Set(),
    dimmed: () => false,
  };
  #frame = 0;
  #hovered: Placed | null = null;

  /** @param controls - what lies over the canvas, where no name is written */
  constructor(canvas: HTMLCanvasElement, controls: HTMLElement, events: ScatterEvents) {
    this.#canvas = canvas;
    this.#controls = controls;
    this.#events = events;
    this.#drawing = new ScatterDrawing(canvas);
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.8, maxZoom])
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

  /** Replaces the points and shows the whole map. */
  setPoints(points: readonly ScatterPoint[]): void {
    this.#points = points;
    this.#place();
    this.whole({ gently: false });
  }

  setMarks(marks: ScatterMarks): void {
    this.#marks = marks;
    for (const placed of this.#placed) placed.isDim = marks.dimmed(placed.point);
    this.#schedule();
  }

  setColors(colors: ScatterColors): void {
    this.#drawing.setColors(colors);
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
    this.#place();
    this.#schedule();
  }

  zoomBy(factor: number): void {
    this.#gently().call(this.#zoom.scaleBy, factor);
  }

  /** Shows the whole map. */
  whole({ gently = true } = {}): void {
    if (gently) this.#gently().call(this.#zoom.transform, zoomIdentity);
    else select(this.#canvas).call(this.#zoom.transform, zoomIdentity);
  }

  /** Pans to a point that is outside the view. */
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

  /**
   * The nearest point in a direction from the selected one; the most central point if none is selected.
   *
   * Skips dimmed points. Null if there is none.
   */
  neighbour(dx: number, dy: number): ScatterPoint | null {
    const from = this.#marks.selected === null ? undefined : this.#byId.get(this.#marks.selected);
    const { clientWidth, clientHeight } = this.#canvas;
    const centre = this.#transform.invert([clientWidth / 2, clientHeight / 2]);
    const [x, y] = from ? [from.x, from.y] : centre;
    // A shorter step on the screen would look like no step at all.
    const minStep = from ? reachPx / this.#transform.k : 0;
    let best: Placed | null = null;
    let cost = Number.POSITIVE_INFINITY;
    for (const placed of this.#placed) {
      if (placed === from || placed.isDim) continue;
      const along = from ? (placed.x - x) * dx + (placed.y - y) * dy : 0;
      const aside = from
        ? Math.abs((placed.x - x) * dy - (placed.y - y) * dx)
        : Math.hypot(placed.x - x, placed.y - y);
      if (along < minStep || along + 2 * aside >= cost) continue;
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
    const light = this.#points.toSorted((a, b) => a.weight - b.weight);
    this.#placed = light.map((point, place) => ({
      point,
      x: x(point.x),
      y: y(point.y),
      size: sizeAt(place, light.length),
      isDim: this.#marks.dimmed(point),
    }));
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

  // d3-zoom suppresses the click that ends a drag.
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

  /** The part of the canvas below the controls. */
  #covered(): Box {
    const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } = this.#controls;
    return { left, top, right: left + offsetWidth, bottom: top + offsetHeight };
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const { selected, linked, ringed, recommended } = this.#marks;
    const known = (ids: Iterable<string>) => [...ids].flatMap((id) => this.#byId.get(id) ?? []);
    this.#drawing.draw({
      placed: this.#placed,
      transform: this.#transform,
      hovered: this.#hovered,
      selected: selected === null ? undefined : this.#byId.get(selected),
      linked: known(linked),
      ringed: known(ringed),
      recommended: known(recommended),
      covered: this.#covered(),
    });
  }
}
