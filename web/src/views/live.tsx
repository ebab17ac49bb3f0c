/** The view Live: what became of the lists that were shown, and what happened in the nights. */

import { href } from '../address.js';
import { Heading } from '../parts/heading.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { madeAt } from '../runs.js';
import {
  type AnswerFigures,
  type ListFigures,
  type Live,
  listNights,
  liveFigures,
  type Night,
} from '../server/live.js';
import { useResource } from '../server/resource.js';
import { liveSentence, nightsSentence, withInterval } from '../text/live-story.js';

const days = 30;

/** One sentence on top; then lists by run, day and place, and the story of the nights. */
export function LiveView() {
  const live = useResource('live', (signal) => liveFigures(days, signal));
  const nights = useResource('nights', listNights);
  return (
    <>
      <Heading title="Live">
        <p class="lead">
          {live.value
            ? liveSentence(live.value)
            : 'What became of the lists that were shown, and what happened in the nights.'}
        </p>
      </Heading>
      <Loaded resource={live} loading={<Skeleton lines={4} label="Counting lists" />}>
        {(figures) => figures && <Lists live={figures} />}
      </Loaded>
      <Loaded resource={nights} loading={<Skeleton lines={4} label="Loading the nights" />}>
        {(list) => <Nights nights={list} />}
      </Loaded>
    </>
  );
}

function Lists({ live }: { readonly live: Live }) {
  const { total, byRun, byDay, byPlace, from, to } = live;
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
    total.popularity && `popularity answered ${withInterval(total.popularity)} of 100`,
    total.empty > 0 && `${total.empty.toLocaleString()} were empty`,
    total.latencyMs && speed(total.latencyMs),
  ].filter(Boolean);
  return (
    <>
      <p class="note">
        {answered.join(' · ')}. In brackets: the interval that holds the true figure in 95 of 100
        cases.
      </p>
      <Rates title="By run" rows={byRun.map((row) => ({ ...row, label: row.run }))} />
      <Rates title="By day" rows={byDay.map((row) => ({ ...row, label: row.day }))} />
      <Rates
        title="By place in the list"
        rows={byPlace.map((row) => ({ ...row, label: `place ${row.place}` }))}
      />
    </>
  );
}

function speed({ median, p95 }: NonNullable<AnswerFigures['latencyMs']>): string {
  return `half of the answers came within ${median.toFixed(1)} ms, 95 of 100 within ${p95.toFixed(1)} ms`;
}

interface RatesProps {
  readonly title: string;
  readonly rows: readonly (ListFigures & { readonly label: string })[];
}

/** Clicks of a hundred lists as points with intervals, on one scale from 0, and purchases beside them. */
function Rates({ title, rows }: RatesProps) {
  if (rows.length === 0) return null;
  const highest = Math.max(0.01, ...rows.map(({ clickThrough }) => clickThrough?.high ?? 0));
  const across = (share: number) => `${(100 * share) / highest}%`;
  return (
    <section>
      <h2>{title}</h2>
      <table class="intervals rates">
        <thead>
          <tr>
            <th scope="col">{title.slice(3)}</th>
            <th scope="col">lists</th>
            <th scope="col" class="drawn">
              <span class="unseen">picture</span>
            </th>
            <th scope="col">clicked, of 100</th>
            <th scope="col">bought, of 100</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, lists, clickThrough, conversion }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{lists.toLocaleString()}</td>
              <td class="drawn" aria-hidden="true">
                {clickThrough && (
                  <span class="track">
                    <span
                      class="interval"
                      style={{
                        left: across(clickThrough.low),
                        width: across(clickThrough.high - clickThrough.low),
                      }}
                    />
                    <span class="point" style={{ left: across(clickThrough.value) }} />
                  </span>
                )}
              </td>
              <td>{clickThrough ? withInterval(clickThrough) : '–'}</td>
              <td>{conversion ? withInterval(conversion) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const outcomes: Readonly<Record<Night['outcome'], string>> = {
  activated: 'new model',
  kept: 'model kept',
  'nothing new': 'nothing new',
  failed: 'failed',
};

function Nights({ nights }: { readonly nights: readonly Night[] }) {
  return (
    <section>
      <h2>Nights</h2>
      {nights.length === 0 ? (
        <p class="note">
          No night yet. <code>multvae refresh FILE</code> appends what is new, trains, and makes the
          new model live if it is better.
        </p>
      ) : (
        <>
          <p>{nightsSentence(nights)}</p>
          <ul class="runs">
            {nights.map((night) => (
              <li
                key={night.startedAt}
                class={night.outcome === 'activated' ? 'run active' : 'run'}
              >
                <div class="what">
                  <h3>
                    {madeAt(night.startedAt)}{' '}
                    <span class={night.outcome === 'activated' ? 'tag active' : 'tag'}>
                      {outcomes[night.outcome]}
                    </span>
                  </h3>
                  <p>{night.reason}</p>
                  <p class="note">
                    {night.rows.toLocaleString()} new rows
                    {night.run !== null && (
                      <>
                        {' · '}
                        <a href={href(['models', night.run])}>{night.run}</a>
                      </>
                    )}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
