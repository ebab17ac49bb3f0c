/** Accuracy of runs for people with few clicks, from `multvae evaluate`. */

import { getRun, type Measured, type Measurement } from '../../server/api.js';
import { useResource } from '../../server/resource.js';
import { IntervalChart, metricName } from '../charts/interval-chart.js';

const shownMetrics = ['ndcg@100', 'hit@20'] as const;

/** One run on short profiles, beside the baseline. Nothing where they were not measured. */
export function ShortProfiles({ measured, run }: { measured: Measurement; run: string }) {
  const lengths = measured.shortProfiles ?? [];
  if (lengths.length === 0) return null;
  const left = lengths.filter(({ leftOut }) => leftOut > 0);
  /** One metric by the clicks that the model sees. */
  const byClicks = (id: string | null, metric: string) =>
    Object.fromEntries(
      lengths.flatMap(({ clicks, models }) => {
        const value = models.find((model) => model.run === id)?.metrics[metric];
        return value === undefined ? [] : [[clicksText(clicks), value] as [string, Measured]];
      }),
    );
  return (
    <>
      <h3>With few clicks</h3>
      <p class="note">
        The same users, of whom the model sees so many clicks only.
        {left.map(({ clicks, leftOut }) => ` ${leftOut} have fewer than ${clicksText(clicks)}.`)}
      </p>
      <div class="curves">
        {shownMetrics.map((metric) => {
          const own = byClicks(run, metric);
          return (
            <div key={metric}>
              <h4>{metricName(metric)}</h4>
              <IntervalChart
                metrics={own}
                names={Object.keys(own)}
                baseline={byClicks(null, metric)}
              />
            </div>
          );
        })}
      </div>
    </>
  );
}

/** Two runs on short profiles, side by side. Nothing where one was not measured on the same set of users. */
export function ShortComparison({ runs }: { runs: readonly [string, string] }) {
  const first = useResource(`short ${runs[0]}`, (signal) => getRun(runs[0], signal));
  const second = useResource(`short ${runs[1]}`, (signal) => getRun(runs[1], signal));
  if (!first.value || !second.value) return null;
  const evaluations = [first.value.evaluation, second.value.evaluation] as const;
  const split = (['test', 'validation'] as const).find((name) =>
    evaluations.every((evaluation) => evaluation[name]?.shortProfiles?.length),
  );
  if (split === undefined) return null;
  const [left, right] = evaluations.map((evaluation) => evaluation[split]!.shortProfiles!);
  const of = (lengths: typeof left, run: string, clicks: number) =>
    lengths?.find((length) => length.clicks === clicks)?.models.find((model) => model.run === run)
      ?.metrics;
  return (
    <section aria-labelledby="few-clicks">
      <h2 id="few-clicks">With few clicks</h2>
      <p class="note">
        Means over {split} users, of whom the models see so many clicks only, with standard errors.
        Whether a difference is real, <code>multvae compare</code> says.
      </p>
      <table class="intervals">
        <thead>
          <tr>
            <th scope="col">Clicks</th>
            <th scope="col">First run</th>
            <th scope="col">Second run</th>
          </tr>
        </thead>
        <tbody>
          {left!.flatMap(({ clicks }) =>
            shownMetrics.map((metric) => (
              <tr key={`${clicks} ${metric}`}>
                <th scope="row">
                  {clicks}, {metricName(metric)}
                </th>
                <td>
                  <Mean measured={of(left, runs[0], clicks)?.[metric]} />
                </td>
                <td>
                  <Mean measured={of(right, runs[1], clicks)?.[metric]} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}

function Mean({ measured }: { measured: Measured | undefined }) {
  if (measured === undefined || measured.mean === null) return <>unknown</>;
  return (
    <>
      <b>{measured.mean.toFixed(4)}</b>
      <small>± {(measured.se ?? 0).toFixed(4)}</small>
    </>
  );
}

function clicksText(clicks: number): string {
  return clicks === 1 ? '1 click' : `${clicks} clicks`;
}
