/** The map of items in a report. */
import { dot, text } from '@observablehq/plot';
import type { CatalogueEntry } from '../../data/store/catalogue.js';
import { html, type Markup } from '../../html.js';
import { principalPlane } from '../../model/projection.js';
import type { ItemEmbedding } from '../../model/recommender.js';
import { byPopularity } from '../beyond/novelty.js';
import { colors, type Ink, ink } from './palette.js';
import { figure, plot } from './plot.js';

/** Items on the map; more overlap too much. */
const mapped = 600;
/** Items with their name on the map. */
const named = 16;

/** The genres with a colour of their own: the most frequent genres of the mapped items. */
function shownGenres(items: readonly number[], catalogue: readonly CatalogueEntry[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items) {
    for (const genre of catalogue[item]!.genres) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, colors.length - 1)
    .map(([genre]) => genre);
}

/** A map of the most clicked items in the latent space of a model, coloured by genre. */
export function itemMap(
  label: string,
  { vectors, dimensions }: ItemEmbedding,
  trainClicks: Int32Array,
  catalogue: readonly CatalogueEntry[],
): Markup {
  const items = byPopularity(trainClicks).slice(0, mapped);
  const genres = shownGenres(items, catalogue);
  // An item's rarest genre says most about it: "Animation" more than "Comedy".
  const genreOf = (item: number) =>
    genres.findLastIndex((genre) => catalogue[item]!.genres.includes(genre));
  const { x, y, shares } = principalPlane(directions(vectors, dimensions, items), dimensions);
  const points = items.map((item, place) => {
    const { title, itemId, genres } = catalogue[item]!;
    const name = title ?? itemId;
    return {
      x: x[place]!,
      y: y[place]!,
      genre: genreOf(item),
      name,
      hint: `${name}${genres.length > 0 ? `\n${genres.join(', ')}` : ''}\n${trainClicks[item]} training clicks`,
    };
  });
  const part = (n: number) => `${Math.round(100 * n)} %`;
  const description = `Map of the ${items.length} most clicked items as ${label} places them; items near each other are recommended together.`;
  const shown = [...genres.keys(), -1].filter((g) => points.some(({ genre }) => genre === g));
  const inkOf = (g: number) => ink(g < 0 ? colors.length - 1 : g);
  return figure(
    label,
    html`<ul class="legend">${shown.map(
      (g) =>
        html`<li><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true"><path d="${symbolPath(inkOf(g).symbol)}" style="fill:${inkOf(g).color}"/></svg>${genres[g] ?? 'other'}</li>`,
    )}</ul>
<div class="scroll" role="region" aria-label="Map of ${label}" tabindex="0">${plot(description, {
      width: 860,
      height: 620,
      margin: 16,
      marginTop: 32,
      style: { fontSize: '11.5px', overflow: 'visible' },
      x: { axis: null },
      y: { axis: null },
      marks: [
        ...shown.toReversed().map((g) =>
          dot(
            points.filter(({ genre }) => genre === g),
            {
              x: 'x',
              y: 'y',
              title: 'hint',
              r: 3.4,
              symbol: inkOf(g).symbol,
              fill: inkOf(g).color,
              fillOpacity: g < 0 ? 0.45 : 0.85,
            },
          ),
        ),
        text(apart(points).slice(0, named), {
          x: 'x',
          y: 'y',
          text: 'name',
          dy: -9,
          fill: 'currentColor',
          stroke: 'var(--page)',
          strokeWidth: 4,
          lineAnchor: 'bottom',
        }),
      ],
    })}</div>
<p class="note">The ${items.length} items with the most training clicks. Their vectors (${dimensions} dimensions, each to length 1) are
projected on their first two principal components, which keep ${part(shares[0])} and ${part(shares[1])} of the variance. An item has the colour of its rarest genre among those shown. Point at one for its title.</p>`,
    'wide map',
  );
}

/** The vectors of the items, scaled to length 1, because the length reflects popularity more than taste. */
function directions(
  vectors: Float32Array,
  dimensions: number,
  items: readonly number[],
): Float64Array {
  const rows = new Float64Array(items.length * dimensions);
  items.forEach((item, place) => {
    const vector = vectors.subarray(item * dimensions, (item + 1) * dimensions);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
    vector.forEach((value, d) => {
      rows[place * dimensions + d] = value / length;
    });
  });
  return rows;
}

/** The points whose names do not overlap the name of an earlier point, in their order. */
function apart<T extends { readonly x: number; readonly y: number }>(points: readonly T[]): T[] {
  const span = (of: 'x' | 'y') => {
    const values = points.map((point) => point[of]);
    return Math.max(...values) - Math.min(...values);
  };
  const width = span('x');
  const height = span('y');
  const chosen: T[] = [];
  for (const point of points) {
    const clear = chosen.every(
      (other) =>
        Math.abs(point.x - other.x) > width / 4 || Math.abs(point.y - other.y) > height / 24,
    );
    if (clear) chosen.push(point);
  }
  return chosen;
}

/** The path of a symbol in the legend, about as the plot draws it. */
function symbolPath(symbol: Ink['symbol']): string {
  const paths: Record<Ink['symbol'], string> = {
    circle: 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z',
    triangle: 'M0,-5L4.6,3.2L-4.6,3.2z',
    square: 'M-3.6,-3.6h7.2v7.2h-7.2z',
    diamond: 'M0,-5.6L3.2,0L0,5.6L-3.2,0z',
    star: 'M0,-5.4L1.3,-1.7L5.1,-1.7L2,0.7L3.2,4.4L0,2.1L-3.2,4.4L-2,0.7L-5.1,-1.7L-1.3,-1.7z',
    cross: 'M-5,-1.7h3.3v-3.3h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3z',
    wye: 'M1.6,0.9L1.6,5L-1.6,5L-1.6,0.9L-5.2,-1.1L-3.6,-3.9L0,-1.8L3.6,-3.9L5.2,-1.1z',
  };
  return paths[symbol];
}
