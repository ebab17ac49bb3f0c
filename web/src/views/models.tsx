/** The view of all runs. */

import { href } from '../address.js';
import { VerdictText } from '../parts/accuracy/verdict-text.js';
import { metricName } from '../parts/charts/interval-chart.js';
import { RunCurves } from '../parts/charts/run-curves.js';
import { Heading } from '../parts/heading.js';
import { Icon } from '../parts/icons.js';
import { LastNight } from '../parts/live/last-night.js';
import { RunLabel } from '../parts/runs/run-label.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { duration, switchRun } from '../runs.js';
import {
  activate,
  listRuns,
  listVerdicts,
  type RunSummary,
  rollBack,
  type Verdict,
} from '../server/api.js';
import { readOnly } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { dayAndTime } from '../text/days.js';

const shownMetrics = ['ndcg@100', 'recall@20', 'recall@50'];

/** Lists the trained runs with their metrics, and switches the active one. */
export function ModelsView() {
  const runs = useResource('runs', listRuns);
  const verdicts = useResource('verdicts', listVerdicts);
  const served = verdicts.value?.find(({ run }) => run === runs.value?.active);
  const back = () => void switchRun(rollBack, runs.reload);
  return (
    <>
      <Heading
        title="Models"
        tools={
          !readOnly.value &&
          (runs.value?.models.length ?? 0) > 1 && (
            <div class="buttons">
              <button type="button" onClick={back}>
                <Icon name="undo" /> Roll back
              </button>
              <a class="button" href={href(['compare'])}>
                Compare two
              </a>
            </div>
          )
        }
      >
        {served && <VerdictText verdict={served} />}
        <LastNight />
        <p class={served ? 'note' : 'lead'}>
          All runs trained in this home. The active run answers requests. You can activate another
          one at any time; no reply is lost. The figures here are for the validation users. The page
          of a run shows those for the test users, with intervals.
        </p>
      </Heading>
      <Loaded resource={runs} loading={<Skeleton lines={4} label="Loading runs" />}>
        {({ models }) =>
          models.length === 0 ? (
            <Empty title="No run yet">
              <p>
                Make one with <code>multvae train</code>.
              </p>
            </Empty>
          ) : (
            <ul class="runs">
              {models.map((run) => (
                <Run
                  key={run.run}
                  run={run}
                  verdict={verdicts.value?.find((found) => found.run === run.run)}
                  changed={runs.reload}
                  onUndo={back}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {runs.value && <RunCurves runs={runs.value.models} />}
    </>
  );
}

interface RunProps {
  /** Undefined where the run was not measured. */
  readonly verdict: Verdict | undefined;
  readonly run: RunSummary;
  readonly changed: () => void;
  readonly onUndo: () => void;
}

function Run({ run: summary, verdict, changed, onUndo }: RunProps) {
  const { run, name, model, createdAt, active, metrics, items, backend, durationS } = summary;
  const { problem, remark, protocolName } = summary;
  const facts = [
    name !== null && model,
    dayAndTime(createdAt),
    protocolName !== null && protocolName !== 'users' && `measured by the protocol ${protocolName}`,
    items !== null && `${items.toLocaleString()} items`,
    durationS !== null && `${duration(durationS)} of training`,
    backend !== null && backend !== 'none' && backend,
  ].filter(Boolean);
  const shown = shownMetrics.filter((name) => metrics?.[name] != null);
  return (
    <li class={active ? 'run active' : 'run'}>
      <div class="what">
        <h2>
          <a href={href(['models', run])}>{name ?? model ?? run}</a>
          {active && <span class="tag active">active</span>}
        </h2>
        <p class="note">
          <code>{run}</code>
        </p>
        <p class="note">{facts.join(' · ')}</p>
        {verdict && <p>{verdict.sentence}</p>}
        {problem && <p class="problem">{problem}</p>}
        {remark && <p class="note remark">{remark}</p>}
        <RunLabel run={summary} changed={changed} />
      </div>
      {shown.length > 0 && (
        <dl class="figures">
          {shown.map((name) => (
            <div key={name}>
              <dt>{metricName(name)}</dt>
              <dd>{metrics?.[name]?.toFixed(3)}</dd>
            </div>
          ))}
        </dl>
      )}
      {!active && !problem && !readOnly.value && (
        <button
          type="button"
          aria-label={`Activate ${run}`}
          onClick={() => void switchRun(() => activate(run), changed, onUndo)}
        >
          Activate
        </button>
      )}
    </li>
  );
}
