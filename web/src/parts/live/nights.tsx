/** The story of the nights. */

import { useState } from 'preact/hooks';
import { href } from '../../address.js';
import type { Night } from '../../server/live.js';
import { dayAndTime } from '../../text/days.js';
import { nightsSentence } from '../../text/live-story.js';
import { isUnfinished, nightSentence } from '../../text/night-story.js';
import { words } from '../../words.js';
import { NightsChart } from './nights-chart.js';

const shown = 7;

const outcomes: Readonly<Record<Night['outcome'], string>> = {
  activated: 'new model',
  kept: 'model kept',
  'nothing new': 'nothing new',
  failed: 'failed',
};

/** One sentence, a chart, and a row for each night. @param nights - the newest first */
export function Nights({ nights }: { readonly nights: readonly Night[] }) {
  const [isWhole, setWhole] = useState(false);
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
          <NightsChart nights={nights} />
          <ul class="night-list">
            {(isWhole ? nights : nights.slice(0, shown)).map((night) => (
              <Row key={night.startedAt} night={night} />
            ))}
          </ul>
          {nights.length > shown && (
            <button type="button" class="plain" onClick={() => setWhole(!isWhole)}>
              {isWhole ? `Show the last ${shown} nights` : `Show all ${nights.length} nights`}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function Row({ night }: { readonly night: Night }) {
  const { startedAt, outcome, rows, catalogue, reason, run } = night;
  const { events, items } = words.value;
  const told = nightSentence(night);
  const facts = [
    `${rows.toLocaleString()} new ${events}`,
    catalogue &&
      `${catalogue.created.toLocaleString()} new ${items}, ${catalogue.changed.toLocaleString()} changed`,
  ].filter(Boolean);
  return (
    <li>
      <h3>
        {dayAndTime(startedAt)}{' '}
        <span class={outcome === 'activated' ? 'tag active' : 'tag'}>
          {isUnfinished(night) ? 'not finished' : outcomes[outcome]}
        </span>
      </h3>
      <p>{told}</p>
      <p class="note">
        {facts.join(' · ')}
        {run !== null && (
          <>
            {' · '}
            <a href={href(['models', run])}>{run}</a>
          </>
        )}
      </p>
      {told.length < reason.length && (
        <details>
          <summary class="note">In full</summary>
          <p class="note">{reason}</p>
        </details>
      )}
    </li>
  );
}
