/** A line chart over epochs. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { useState } from 'preact/hooks';
import { shortNumber } from '../ranked-list.js';
import { Axes, arrowStep, pointedPlace } from './axes.js';

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
const frame = { width, height, margin };

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
          const by = arrowStep(event);
          if (by !== null) step(by);
        }}
        onBlur={() => setAt(null)}
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) => setAt(pointedPlace(event, x, { across, width }))}
      >
        <Axes frame={frame} across={across} up={up} />
        <path class="line" d={path ?? ''} />
        {shown !== null && value !== null && (
          <circle class="mark" cx={across(x[shown]!)} cy={up(value)} r="4.5" />
        )}
      </svg>
    </figure>
  );
}
