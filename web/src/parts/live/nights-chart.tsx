/** The nights on one chart: how good the live model was, and which new ones were kept out. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { Night } from '../../server/live.js';
import { dayAndTime } from '../../text/days.js';
import {
  isUnfinished,
  type NightPoint,
  nightPoints,
  nightSentence,
} from '../../text/night-story.js';
import { words } from '../../words.js';
import { Axes } from '../charts/axes.js';

const width = 720;
const height = 220;
const margin = { left: 34, right: 14, top: 14, bottom: 30 };
const frame = { width, height, margin };

/** A point for each night; without two nights that were measured there is none. @param nights - the newest first */
export function NightsChart({ nights }: { readonly nights: readonly Night[] }) {
  const points = nightPoints(nights.filter((night) => !isUnfinished(night)));
  const measured = points.flatMap(({ live }) => live ?? []);
  if (measured.length < 2) return null;
  const highest = Math.max(...points.flatMap(({ live, tried }) => [live ?? 0, tried ?? 0]));
  const across = scaleLinear([1, points.length], [margin.left + 8, width - margin.right - 8]);
  const up = scaleLinear([0, highest], [height - margin.bottom, margin.top]).nice(4);
  const path = (heightOf: (point: NightPoint) => number | null) =>
    line<readonly [number, number]>(
      ([x]) => x,
      ([, y]) => y,
    )(
      points.flatMap((point, k) => {
        const value = heightOf(point);
        return value === null ? [] : [[across(k + 1), up(value)] as const];
      }),
    ) ?? undefined;
  const { users, event } = words.value;
  const said = `Of 100 ${users}, how many find a hidden ${event} among the first 20`;
  const count = (outcome: Night['outcome']) =>
    points.filter(({ night }) => night.outcome === outcome).length;
  return (
    <figure class="curve wide nights">
      <figcaption>{said}, night after night</figcaption>
      <svg
        role="img"
        aria-label={`${said}: with the live model from ${measured[0]!.toFixed(0)} in the first night to ${measured.at(-1)!.toFixed(0)} in the last, lowest ${Math.min(...measured).toFixed(0)}; ${count('kept')} new models kept out, ${count('failed')} nights failed`}
        viewBox={`0 0 ${width} ${height}`}
      >
        <Axes frame={frame} across={across} up={up} />
        <path class="line other" d={path(({ popularity }) => popularity)} />
        <path class="line" d={path(({ live }) => live)} />
        {points.map((point, k) => (
          <Mark key={point.night.startedAt} point={point} x={across(k + 1)} up={up} />
        ))}
      </svg>
      <p class="note key">
        <span class="live">●</span> a new model went live · <span class="out">○</span> a new model
        was kept out · <span class="out">×</span> the night failed · <span>- -</span> popularity
      </p>
    </figure>
  );
}

interface MarkProps {
  readonly point: NightPoint;
  readonly x: number;
  readonly up: (value: number) => number;
}

/** What happened in a night; pointing at it tells more. */
function Mark({ point: { night, tried }, x, up }: MarkProps) {
  const title = <title>{`${dayAndTime(night.startedAt)}: ${nightSentence(night)}`}</title>;
  if (night.outcome === 'failed') {
    const y = up(0) - 9;
    return (
      <path class="out" d={`M${x - 5},${y - 5}l10,10m0,-10l-10,10`}>
        {title}
      </path>
    );
  }
  if (tried === null) return null;
  return (
    <circle class={night.outcome === 'kept' ? 'out' : 'mark'} cx={x} cy={up(tried)} r="5">
      {title}
    </circle>
  );
}
