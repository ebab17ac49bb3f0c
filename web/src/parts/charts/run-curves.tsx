/** The validation curves of several runs on one chart. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { useState } from 'preact/hooks';
import { address, changeQuery } from '../../address.js';
import { inkCount } from '../../map/genre-inks.js';
import { runName } from '../../runs.js';
import { getRun, type RunDetails, type RunSummary } from '../../server/api.js';
import { useResource } from '../../server/resource.js';
import { Axes, arrowStep, pointedPlace } from './axes.js';

const metric = 'ndcg@100';
/** The same in the log of a training. */
const column = 'ndcg100';
const width = 720;
const height = 260;
const margin = { left: 70, right: 12, top: 12, bottom: 36 };
const frame = { width, height, margin };

/** A run on the chart. */
interface Series {
  readonly run: string;
  /** The place of its colour. */
  readonly ink: number;
  /** By epoch, ascending; empty for a model without epochs. */
  readonly points: readonly (readonly [epoch: number, value: number])[];
  /** Of the weights that were kept. */
  readonly kept: number | null;
}

function seriesOf({ run, log, metrics }: RunDetails, ink: number): Series {
  const points = log.flatMap((epoch) => {
    const value = epoch[column];
    return value == null ? [] : [[epoch.epoch, value] as const];
  });
  return { run, ink, points, kept: metrics?.[metric] ?? null };
}

/** Lets the reader choose runs, and draws them. The address holds the choice. */
export function RunCurves({ runs }: { runs: readonly RunSummary[] }) {
  const usable = runs.filter(({ problem }) => !problem);
  const known = new Set(usable.map(({ run }) => run));
  const chosen = [...new Set(address.value.query.getAll('curve'))]
    .filter((run) => known.has(run))
    .slice(0, inkCount);
  const details = useResource(chosen.length === 0 ? null : chosen.join(), (signal) =>
    Promise.all(chosen.map((run) => getRun(run, signal))),
  );
  if (usable.length < 2) return null;
  const toggle = (run: string) =>
    changeQuery({
      curve: chosen.includes(run) ? chosen.filter((each) => each !== run) : [...chosen, run],
    });
  const series = chosen.flatMap((run, ink) => {
    const found = details.value?.find((each) => each.run === run);
    return found === undefined ? [] : [seriesOf(found, ink)];
  });
  return (
    <section aria-labelledby="run-curves">
      <h2 id="run-curves">Runs on one chart</h2>
      <p class="note">
        NDCG@100 on validation users after each epoch; a dashed line is a model without epochs.
        Choose up to {inkCount} runs.
      </p>
      <fieldset class="chips">
        <legend class="unseen">Runs on the chart</legend>
        {usable.map((each) => {
          const ink = chosen.indexOf(each.run);
          return (
            <button
              key={each.run}
              type="button"
              class="chip"
              aria-pressed={ink >= 0}
              disabled={ink < 0 && chosen.length === inkCount}
              onClick={() => toggle(each.run)}
            >
              {ink >= 0 && <span class={`dot ink-${ink}`} aria-hidden="true" />}
              {runName(each)}
            </button>
          );
        })}
      </fieldset>
      {series.length > 0 && <Chart series={series} />}
    </section>
  );
}

function Chart({ series }: { series: readonly Series[] }) {
  const [at, setAt] = useState<number | null>(null);
  const epochs = [...new Set(series.flatMap(({ points }) => points.map(([epoch]) => epoch)))];
  epochs.sort((a, b) => a - b);
  const values = series.flatMap(({ points, kept }) => [
    ...points.map(([, value]) => value),
    ...(kept === null ? [] : [kept]),
  ]);
  if (values.length === 0) return <p class="note">These runs have no validation figures.</p>;
  const lastEpoch = epochs.at(-1) ?? 1;
  const across = scaleLinear([0, lastEpoch], [margin.left, width - margin.right]);
  const up = scaleLinear([height - margin.bottom, margin.top])
    .domain([Math.min(...values), Math.max(...values)])
    .nice(4);
  const path = line(
    ([epoch]) => across(epoch),
    ([, value]) => up(value),
  );
  const valueAt = ({ points, kept }: Series, epoch: number | null) =>
    epoch === null || points.length === 0
      ? kept
      : (points.find(([each]) => each === epoch)?.[1] ?? null);
  const step = (by: number) => {
    const place = at === null ? epochs.length - 1 : epochs.indexOf(at) + by;
    setAt(epochs[Math.min(epochs.length - 1, Math.max(0, place))] ?? null);
  };
  return (
    <figure class="curve wide">
      <figcaption aria-live="polite">
        {at === null ? 'As it was kept: ' : `Epoch ${at}: `}
        {series.map((each) => (
          <span class="reading" key={each.run}>
            <span class={`dot ink-${each.ink}`} aria-hidden="true" /> {each.run}{' '}
            {valueAt(each, at)?.toFixed(4) ?? 'none'}
          </span>
        ))}
      </figcaption>
      <svg
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read its values
        tabIndex={0}
        aria-label={`NDCG@100 by epoch of ${series.length} runs; arrow keys read the epochs`}
        viewBox={`0 0 ${width} ${height}`}
        onKeyDown={(event) => {
          const by = arrowStep(event);
          if (by !== null) step(by);
        }}
        onBlur={() => setAt(null)}
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) =>
          setAt(epochs[pointedPlace(event, epochs, { across, width })] ?? null)
        }
      >
        <Axes frame={frame} across={across} up={up} />
        {series.map(({ run, ink, points, kept }) => {
          const ends =
            points.length > 0 || kept === null
              ? points
              : ([
                  [0, kept],
                  [lastEpoch, kept],
                ] as const);
          return (
            <path
              key={run}
              class="line"
              style={{ stroke: `var(--ink-${ink})` }}
              stroke-dasharray={points.length > 0 ? undefined : '6 4'}
              d={path(ends as [number, number][]) ?? ''}
            />
          );
        })}
        {series.map(({ run, ink, points: [first, ...more] }) =>
          first === undefined || more.length > 0 ? null : (
            <circle
              key={run}
              cx={across(first[0])}
              cy={up(first[1])}
              r="4"
              style={{ fill: `var(--ink-${ink})` }}
            />
          ),
        )}
        {at !== null && (
          <line
            class="at"
            x1={across(at)}
            x2={across(at)}
            y1={margin.top}
            y2={height - margin.bottom}
          />
        )}
      </svg>
    </figure>
  );
}
