/** A line chart over epochs. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { useState } from 'preact/hooks';
import { shortNumber } from '../ranked-list.js';

interface LineChartProps {
  readonly title: string;
  readonly xLabel: string;
  readonly x: readonly number[];
  /** The values at `x`; null where there is none. */
  readonly y: readonly (number | null)[];
  /** The index of the point to mark, such as the best epoch; -1 for none. */
  readonly marked?: number;
}

const width = 360;
const height = 180;
const margin = { left: 46, right: 12, top: 12, bottom: 30 };

/** A tick without the zeros that would fill it up to the others' length. */
function tickText(tick: number): string {
  return String(Number(tick.toPrecision(6)));
}

/**
 * A curve over epochs.
 *
 * Arrow keys and the pointer read single values. Screen readers get the first, last, lowest and highest value.
 */
export function LineChart({ title, xLabel, x, y, marked = -1 }: LineChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const points = x.flatMap((value, k) => (y[k] == null ? [] : [[value, y[k]] as const]));
  if (points.length === 0) return null;
  const values = points.map(([, value]) => value);
  const across = scaleLinear(
    [Math.min(...x), Math.max(...x, Math.min(...x) + 1)],
    [margin.left, width - margin.right],
  );
  const up = scaleLinear([height - margin.bottom, margin.top])
    .domain([Math.min(...values), Math.max(...values)])
    .nice(4);
  const path = line(
    ([px]) => across(px),
    ([, py]) => up(py),
  )(points as [number, number][]);
  const shown = at ?? (marked >= 0 ? marked : null);
  const value = shown === null ? null : (y[shown] ?? null);
  const last = points.at(-1)!;
  const step = (by: number) =>
    setAt(Math.min(x.length - 1, Math.max(0, (at ?? x.length - 1) + by)));
  return (
    <figure class="curve">
      <figcaption>
        {title}
        {shown !== null && value !== null && (
          <span class="reading" aria-live={at === null ? 'off' : 'polite'}>
            {shortNumber(value)} at {xLabel} {x[shown]}
          </span>
        )}
      </figcaption>
      <svg
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read its values
        tabIndex={0}
        aria-label={`${title}: from ${shortNumber(values[0]!)} to ${shortNumber(last[1])} over ${points.length} values; lowest ${shortNumber(Math.min(...values))}, highest ${shortNumber(Math.max(...values))}`}
        viewBox={`0 0 ${width} ${height}`}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
          event.preventDefault();
          step(event.key === 'ArrowRight' ? 1 : -1);
        }}
        onBlur={() => setAt(null)}
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const wanted = across.invert(((event.clientX - box.left) / box.width) * width);
          const nearest = x.reduce(
            (best, each, k) => (Math.abs(each - wanted) < Math.abs(x[best]! - wanted) ? k : best),
            0,
          );
          setAt(nearest);
        }}
      >
        {up.ticks(4).map((tick) => (
          <g key={tick} class="tick">
            <line x1={margin.left} x2={width - margin.right} y1={up(tick)} y2={up(tick)} />
            <text x={margin.left - 6} y={up(tick)} dy="0.32em" text-anchor="end">
              {tickText(tick)}
            </text>
          </g>
        ))}
        {across.ticks(5).map((tick) => (
          <text key={tick} class="tick" x={across(tick)} y={height - 12} text-anchor="middle">
            {tick}
          </text>
        ))}
        <path class="line" d={path ?? ''} />
        {shown !== null && value !== null && (
          <circle class="mark" cx={across(x[shown]!)} cy={up(value)} r="4.5" />
        )}
      </svg>
    </figure>
  );
}
