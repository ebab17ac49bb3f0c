/** The view of one run. */

import { href } from '../address.js';
import { ShortProfiles } from '../parts/accuracy/short-profiles.js';
import { VerdictText } from '../parts/accuracy/verdict-text.js';
import { IntervalChart, metricName } from '../parts/charts/interval-chart.js';
import { LineChart } from '../parts/charts/line-chart.js';
import { Heading } from '../parts/heading.js';
import { RunReport } from '../parts/run-report.js';
import { RunLabel } from '../parts/runs/run-label.js';
import { Loaded, Skeleton } from '../parts/states.js';
import { duration, switchRun } from '../runs.js';
import {
  activate,
  type Epoch,
  getRun,
  listVerdicts,
  type Newcomers,
  type RunDetails,
  rollBack,
} from '../server/api.js';
import { Problem, readOnly } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { dayAndTime } from '../text/days.js';

const curves: readonly { readonly name: string; readonly title: string }[] = [
  { name: 'ndcg100', title: 'NDCG@100, validation users' },
  { name: 'loss', title: 'Training loss' },
  { name: 'nll', title: 'Negative log-likelihood' },
  { name: 'kl', title: 'KL divergence' },
  { name: 'beta', title: 'β, the weight of KL' },
];

/** Shows a run: its metrics, its learning curves and its origin. */
export function ModelView({ run }: { run: string }) {
  const details = useResource('run', (signal) => getRun(run, signal));
  const { value } = details;
  return (
    <>
      <Heading
        title={value?.name ?? value?.model ?? run}
        tools={
          value && (
            <div class="buttons">
              {!value.active && !readOnly.value && (
                <button
                  type="button"
                  class="primary"
                  onClick={() =>
                    void switchRun(
                      () => activate(run),
                      details.reload,
                      () => void switchRun(rollBack, details.reload),
                    )
                  }
                >
                  Activate
                </button>
              )}
              <RunReport run={run} />
              <a class="button" href={href(['map'], { run })}>
                Its map
              </a>
              <a class="button" href={href(['compare'], { b: run })}>
                Compare
              </a>
            </div>
          )
        }
      >
        <p class="lead">
          <code>{run}</code> {value?.name && `· ${value.model}`}{' '}
          {value?.active && <span class="tag active">active</span>}
        </p>
        {value && <RunLabel run={value} changed={details.reload} />}
      </Heading>
      {details.error instanceof Problem && details.error.status === 404 ? (
        <p class="state">
          This home has no such run. <a href={href(['models'])}>See all runs.</a>
        </p>
      ) : (
        <Loaded resource={details} loading={<Skeleton lines={8} label="Loading the run" />}>
          {(all) => (
            <>
              {all.remark && <p class="note remark">{all.remark}</p>}
              <Details details={all} />
            </>
          )}
        </Loaded>
      )}
    </>
  );
}

function Details({ details }: { details: RunDetails }) {
  const { metrics, evaluation, log, config, protocol, lineage } = details;
  const verdicts = useResource('verdicts', listVerdicts);
  const verdict = verdicts.value?.find(({ run }) => run === details.run);
  const measured = evaluation.test ?? evaluation.validation;
  const own = measured?.models.find(({ run }) => run === details.run);
  const names = Object.keys(own?.metrics ?? {});
  const baseline = measured?.models.find(({ run }) => run === null);
  return (
    <>
      <section aria-labelledby="accuracy">
        <h2 id="accuracy">Accuracy</h2>
        {verdict && <VerdictText verdict={verdict} />}
        {measured && own ? (
          <>
            <p class="note">
              On {measured.users.toLocaleString()} {measured.split} users, with 95 % intervals
              {baseline && `; the hollow mark is ${baseline.model}`}.
              {measured.newcomers && ` ${newcomersText(measured.newcomers)}`}
            </p>
            <IntervalChart
              metrics={own.metrics}
              names={names.filter(isMain)}
              baseline={baseline?.metrics ?? {}}
            />
            <details>
              <summary>Other metrics</summary>
              <IntervalChart
                metrics={own.metrics}
                names={names.filter((name) => !isMain(name))}
                baseline={baseline?.metrics ?? {}}
              />
            </details>
            <ShortProfiles measured={measured} run={details.run} />
          </>
        ) : (
          <p class="note">
            Not measured on test users yet. Run <code>multvae evaluate {details.run}</code>.
          </p>
        )}
        {metrics && !measured && (
          <p class="note">
            On validation users, from training:{' '}
            {Object.entries(metrics)
              .filter(([name]) => isMain(name))
              .map(([name, value]) => `${metricName(name)} ${value?.toFixed(4) ?? 'unknown'}`)
              .join(', ')}
            .
          </p>
        )}
      </section>
      <Curves log={log} />
      <section aria-labelledby="origin">
        <h2 id="origin">Where it comes from</h2>
        <div class="facts">
          <Facts title="Settings" facts={config} />
          <Facts title="Protocol" facts={protocolFacts(protocol)} />
          <Facts title="Lineage" facts={lineage} />
        </div>
      </section>
    </>
  );
}

/** What no model could find. */
function newcomersText({ users, clicks, ofClicks }: Newcomers): string {
  return `${users.toLocaleString()} users came after the training and are in no figure; ${clicks.toLocaleString()} of ${ofClicks.toLocaleString()} hidden clicks are on items that came later, and count as missed.`;
}

/** The protocol by its name, with what belongs to it. */
function protocolFacts({
  heldOutClicks,
  ...others
}: RunDetails['protocol']): Readonly<Record<string, unknown>> {
  if (heldOutClicks === undefined) return { protocol: 'users', ...others };
  const { by, ...values } = heldOutClicks;
  return { protocol: by, ...values, ...others };
}

/** Whether a metric is one of the two that the paper reports. */
function isMain(name: string): boolean {
  return /^(ndcg|recall)@/.test(name);
}

function Curves({ log }: { log: readonly Epoch[] }) {
  if (log.length < 2) return null;
  const x = log.map(({ epoch }) => epoch);
  const column = (name: string) => log.map((epoch) => epoch[name] ?? null);
  const best = column('ndcg100').reduce<number>(
    (best, value, k, all) => ((value ?? -1) > (all[best] ?? -1) ? k : best),
    0,
  );
  return (
    <section aria-labelledby="curves">
      <h2 id="curves">Learning curves</h2>
      <p class="note">
        The mark shows the epoch with the best validation NDCG@100, whose weights were kept. Losses
        are in nats per user. Point at a curve to read it, or use the arrow keys.
      </p>
      <div class="curves">
        {curves.map(({ name, title }) => (
          <LineChart key={name} title={title} xLabel="epoch" x={x} y={column(name)} marked={best} />
        ))}
      </div>
    </section>
  );
}

function Facts({ title, facts }: { title: string; facts: Readonly<Record<string, unknown>> }) {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  return (
    <div>
      <h3>{title}</h3>
      <dl>
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{factText(name, value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function factText(name: string, value: unknown): string {
  if (name === 'createdAt') return dayAndTime(String(value));
  if (name === 'durationS') return duration(Number(value));
  if (name === 'trainBefore' || name === 'testFrom') {
    return new Date(1000 * Number(value)).toISOString().replace('.000Z', 'Z');
  }
  if (name === 'command' && Array.isArray(value)) return value.join(' ');
  if (Array.isArray(value)) return value.every(isPlain) ? value.join(', ') : JSON.stringify(value);
  return isPlain(value) ? String(value) : JSON.stringify(value);
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object';
}
