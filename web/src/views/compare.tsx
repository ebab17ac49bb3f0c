/** The view that compares two runs for one person. */

import { useId } from 'preact/hooks';
import { address, changeQuery, href } from '../address.js';
import { knownItem, nameOf, remember, userName } from '../known-items.js';
import { likeness, movements } from '../movement.js';
import { ShortComparison } from '../parts/accuracy/short-profiles.js';
import { VerdictText } from '../parts/accuracy/verdict-text.js';
import { Slopes } from '../parts/charts/slopes.js';
import { Heading } from '../parts/heading.js';
import { Empty, Failure, Loaded, Skeleton } from '../parts/states.js';
import { UserSearch } from '../parts/user-search.js';
import { lastProfile, profileAddress } from '../profile.js';
import { runName } from '../runs.js';
import {
  listRuns,
  type Recommendations,
  type RunSummary,
  recommendFor,
  recommendFrom,
  verdictOn,
} from '../server/api.js';
import { type Resource, useResource } from '../server/resource.js';
import { capital, counted, words } from '../words.js';

const shown = 20;

/** Compares the lists of two runs for one person. */
export function CompareView() {
  const runs = useResource('runs', listRuns);
  return (
    <>
      <Heading title="Compare">
        <p class="lead">
          Which of two runs is better, and what each recommends to one person: what both have, what
          moved, and what only one has.
        </p>
      </Heading>
      <Loaded resource={runs} loading={<Skeleton lines={6} label="Loading runs" />}>
        {({ models, active }) => {
          const usable = models.filter(({ problem }) => !problem);
          if (usable.length < 2) {
            return (
              <Empty title="You need two runs">
                <p>
                  Train another run with <code>multvae train</code> to compare it with this one.
                </p>
              </Empty>
            );
          }
          return <Comparison runs={usable} active={active} />;
        }}
      </Loaded>
    </>
  );
}

function Comparison({ runs, active }: { runs: readonly RunSummary[]; active: string | null }) {
  const { query } = address.value;
  const known = (id: string | null) => runs.find(({ run }) => run === id)?.run;
  const b = known(query.get('b'));
  const a = known(query.get('a')) ?? runs.find(({ run }) => run === active && run !== b)?.run;
  const first = a ?? runs.find(({ run }) => run !== b)!.run;
  const second = b ?? runs.find(({ run }) => run !== first)!.run;
  const named = (id: string) => runs.find(({ run }) => run === id)?.name ?? id;
  const userId = query.get('user');
  const profile = lastProfile();
  const person = userId ?? (profile.liked.length > 0 ? null : undefined);
  const recommend = (run: string) => async (signal: AbortSignal) => {
    const options = { n: shown, run };
    const reply = userId
      ? await recommendFor(userId, options, signal)
      : await recommendFrom(profile.liked, options, signal);
    remember(reply.items);
    return reply;
  };
  const key = (run: string) =>
    person === undefined ? null : JSON.stringify([run, userId ?? profile.liked]);
  const lists = [
    useResource(key(first), recommend(first)),
    useResource(key(second), recommend(second)),
  ] as const;
  return (
    <>
      <div class="pickers">
        <RunPicker
          label="First run"
          runs={runs}
          value={first}
          onPick={(run) => changeQuery({ a: run })}
        />
        <button type="button" onClick={() => changeQuery({ a: second, b: first })}>
          Swap
        </button>
        <RunPicker
          label="Second run"
          runs={runs}
          value={second}
          onPick={(run) => changeQuery({ b: run })}
        />
        <UserSearch label={capital(words.value.user)} onPick={(user) => changeQuery({ user })} />
      </div>
      <Answer first={first} second={second} />
      {person === undefined ? (
        <Empty title="Choose a person">
          <p>
            Search for a user above, or <a href={profileAddress()}>build a profile</a> and come
            back.
          </p>
        </Empty>
      ) : (
        <>
          <p>
            For{' '}
            {person === null ? (
              <a href={profileAddress()}>your profile of {counted(profile.liked.length, 'item')}</a>
            ) : (
              <a href={href(['user', person])}>{userName(person)}</a>
            )}
            {person !== null && profile.liked.length > 0 && (
              <>
                {' '}
                <button type="button" class="plain" onClick={() => changeQuery({ user: null })}>
                  For your profile instead
                </button>
              </>
            )}
          </p>
          <Lists lists={lists} names={[named(first), named(second)]} />
        </>
      )}
      <ShortComparison runs={[first, second]} />
    </>
  );
}

/** Which of the two is better, before one person's lists. */
function Answer({ first, second }: { first: string; second: string }) {
  const found = useResource(`verdict ${first} ${second}`, (signal) =>
    verdictOn(first, second, signal),
  );
  if (found.error) return <Failure error={found.error} onRetry={found.reload} />;
  if (found.value === undefined) return <Skeleton lines={2} label="Loading the verdict" />;
  return (
    <section aria-labelledby="answer">
      <h2 id="answer">Which is better?</h2>
      {found.value === null ? (
        <p class="note">
          Not known yet: they were not measured on the same people.{' '}
          <code>
            multvae compare {first} {second}
          </code>{' '}
          finds out, and the answer appears here.
        </p>
      ) : (
        <VerdictText verdict={found.value} />
      )}
    </section>
  );
}

interface ListsProps {
  readonly lists: readonly [Resource<Recommendations>, Resource<Recommendations>];
  readonly names: readonly [string, string];
}

function Lists({ lists, names }: ListsProps) {
  const failed = lists.find(({ error }) => error);
  if (failed?.error) return <Failure error={failed.error} onRetry={failed.reload} />;
  const [first, second] = lists.map(({ value }) => value?.items.map(({ itemId }) => itemId));
  if (!first || !second) return <Skeleton lines={10} label="Loading both lists" />;
  const { shared, meanShift, farthest } = likeness(first, second);
  return (
    <>
      <p class="lead" role="status">
        {shared === 0
          ? 'The two lists have nothing in common.'
          : `${shared} of ${counted(first.length, 'item')} are in both lists, ${meanShift!.toFixed(1)} places apart on average.`}{' '}
        {farthest &&
          `${nameOf(knownItem(farthest.id))} moved farthest: ${Math.abs(farthest.shift)} places ${farthest.shift > 0 ? 'up' : 'down'} in the second list.`}
      </p>
      <Slopes
        names={names}
        first={first.map(knownItem)}
        second={second.map(knownItem)}
        moved={movements(first, second)}
      />
    </>
  );
}

interface RunPickerProps {
  readonly label: string;
  readonly runs: readonly RunSummary[];
  readonly value: string;
  readonly onPick: (run: string) => void;
}

function RunPicker({ label, runs, value, onPick }: RunPickerProps) {
  const id = useId();
  return (
    <div class="picker">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {runs.map((run) => (
          <option key={run.run} value={run.run}>
            {runName(run)}
          </option>
        ))}
      </select>
    </div>
  );
}
