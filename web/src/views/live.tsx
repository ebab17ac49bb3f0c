/** The view Live: what became of the lists that were shown, and what happened in the nights. */

import { href } from '../address.js';
import { Heading } from '../parts/heading.js';
import { Nights } from '../parts/live/nights.js';
import { Rates } from '../parts/live/rates.js';
import { useRunNames } from '../parts/runs/run-names.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { type AnswerFigures, type Live, listNights, liveFigures } from '../server/live.js';
import { useResource } from '../server/resource.js';
import { liveDays, liveSentence, withInterval } from '../text/live-story.js';

/** One sentence on top; then lists by run, the story of the nights, and lists by day and place. */
export function LiveView() {
  const live = useResource('live', (signal) => liveFigures(liveDays, signal));
  const nights = useResource('nights', listNights);
  const nameOf = useRunNames();
  return (
    <>
      <Heading title="Live">
        <p class="lead">
          {live.value
            ? liveSentence(live.value, nameOf)
            : 'What became of the lists that were shown, and what happened in the nights.'}
        </p>
      </Heading>
      <Loaded resource={live} loading={<Skeleton lines={4} label="Counting lists" />}>
        {(figures) => figures && <Lists live={figures} nameOf={nameOf} />}
      </Loaded>
      <Loaded resource={nights} loading={<Skeleton lines={4} label="Loading the nights" />}>
        {(list) => <Nights nights={list} />}
      </Loaded>
      {live.value && <ByDayAndPlace live={live.value} />}
    </>
  );
}

function Lists(props: { readonly live: Live; readonly nameOf: (run: string) => string }) {
  const { total, byRun, from, to } = props.live;
  if (total.lists === 0) {
    return (
      <Empty title="No list was shown yet">
        <p>
          Each answer of <code>GET /recommend</code> counts as a list. An event that names its{' '}
          <code>recommendationId</code> says what became of it.
        </p>
      </Empty>
    );
  }
  const answered = [
    `${total.lists.toLocaleString()} lists from ${from} to ${to}`,
    total.popularity &&
      total.popularity.value > 0 &&
      `popularity answered ${withInterval(total.popularity)} of 100`,
    total.empty > 0 && `${total.empty.toLocaleString()} were empty`,
    total.latencyMs && speed(total.latencyMs),
  ].filter(Boolean);
  return (
    <>
      <p class="note">
        {answered.join(' · ')}. In brackets: the interval that holds the true figure in 95 of 100
        cases.
      </p>
      <Rates
        title="By run"
        head="run, the newest first"
        shown={5}
        rows={byRun.map((row) => ({
          ...row,
          key: row.run,
          label: (
            <a href={href(['models', row.run])} title={row.run}>
              {props.nameOf(row.run)}
            </a>
          ),
        }))}
      />
    </>
  );
}

function ByDayAndPlace({ live: { byDay, byPlace } }: { readonly live: Live }) {
  return (
    <>
      <Rates
        title="By day"
        head="day"
        shown={7}
        rows={byDay.map((row) => ({ ...row, key: row.day, label: row.day }))}
      />
      <Rates
        title="By place in the list"
        head="place in the list"
        shown={10}
        rows={byPlace.map((row) => ({
          ...row,
          key: String(row.place),
          label: `place ${row.place}`,
        }))}
      />
    </>
  );
}

function speed({ median, p95 }: NonNullable<AnswerFigures['latencyMs']>): string {
  return `half of the answers came within ${median.toFixed(1)} ms, 95 of 100 within ${p95.toFixed(1)} ms`;
}
