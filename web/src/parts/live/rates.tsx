/** Clicks and purchases of a hundred lists, in a table with a picture. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ListFigures } from '../../server/live.js';
import { withInterval } from '../../text/live-story.js';

/** What a row is about. */
export interface RateRow extends ListFigures {
  /** Tells the row from the others. */
  readonly key: string;
  readonly label: ComponentChildren;
}

interface RatesProps {
  readonly title: string;
  /** The head of the first column. */
  readonly head: string;
  readonly rows: readonly RateRow[];
  /** How many rows to show first. */
  readonly shown: number;
}

/** Clicks of a hundred lists as points with intervals, on one scale from 0, and purchases beside them. */
export function Rates({ title, head, rows, shown }: RatesProps) {
  const [isWhole, setWhole] = useState(false);
  if (rows.length === 0) return null;
  const listed = isWhole ? rows : rows.slice(0, shown);
  const highest = Math.max(0.01, ...listed.map(({ clickThrough }) => clickThrough?.high ?? 0));
  const across = (share: number) => `${(100 * share) / highest}%`;
  return (
    <section>
      <h2>{title}</h2>
      <table class="intervals rates">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col">lists</th>
            <th scope="col" class="drawn">
              <span class="unseen">picture</span>
            </th>
            <th scope="col">clicked, of 100</th>
            <th scope="col">bought, of 100</th>
          </tr>
        </thead>
        <tbody>
          {listed.map(({ key, label, lists, clickThrough, conversion }) => (
            <tr key={key}>
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
      {rows.length > shown && (
        <button type="button" class="plain" onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the first ${shown}` : `Show all ${rows.length}`}
        </button>
      )}
    </section>
  );
}
