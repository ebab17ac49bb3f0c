/** The view of one user. */

import { useState } from 'preact/hooks';
import { address, go, href } from '../address.js';
import { giveFeedback, takeBack, wasGivenHere } from '../feedback.js';
import { withCardFields } from '../home.js';
import { nameOf, remember, shortName, userName } from '../known-items.js';
import { useKeptFocus } from '../lists/kept-focus.js';
import { pointed } from '../lists/pointed.js';
import { Heading } from '../parts/heading.js';
import { Icon } from '../parts/icons.js';
import { ItemTitle } from '../parts/item-title.js';
import { LatentCode } from '../parts/latent-code.js';
import { hasPictures, Picture } from '../parts/picture.js';
import { RecommendationList } from '../parts/recommendation-list.js';
import { Failure, Skeleton } from '../parts/states.js';
import { TuningPanel } from '../parts/tuning-panel.js';
import { UserSearch } from '../parts/user-search.js';
import {
  type Anomaly,
  anomalyOf,
  getUser,
  type HistoryItem,
  type RankedItem,
  recommendFor,
  type User,
} from '../server/api.js';
import { Problem, readOnly } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { dayOf } from '../text/days.js';
import { listOptions, readTuning } from '../tuning.js';
import { counted, words } from '../words.js';

const historyShown = 15;
/** With fewer clicks nothing can be said of a taste. */
const minTellingClicks = 5;

/** Shows a user's history and recommendations side by side, with the clicks behind each recommendation. */
export function UserView({ userId }: { userId: string }) {
  const tuning = readTuning(address.value.query);
  const [changes, setChanges] = useState(0);
  const changed = () => setChanges((count) => count + 1);
  const user = useResource(`user ${changes}`, async (signal) => {
    const reply = await withCardFields((fields) => getUser(userId, signal, fields));
    remember(reply.history);
    return reply;
  });
  const isTelling =
    user.value?.latent &&
    user.value.history.filter(({ inModel }) => inModel).length >= minTellingClicks;
  const anomaly = useResource(isTelling ? `anomaly ${changes}` : null, (signal) =>
    anomalyIfAny(userId, signal),
  );
  const list = useResource(JSON.stringify([changes, tuning]), async (signal) => {
    const reply = await recommendFor(userId, listOptions(tuning), signal);
    remember(reply.items);
    return reply;
  });

  const keepFocus = useKeptFocus(list.value, list.loading);
  const word = words.value.user;

  if (user.error instanceof Problem && user.error.status === 404) {
    return (
      <>
        <Heading title={`No ${word} ${userId}`}>
          <p class="lead">
            The data have no {word} with this id. Search for another, or{' '}
            <a href={href(['profile'])}>build a profile of your own</a>.
          </p>
        </Heading>
        <UserSearch label={`Search ${words.value.users}`} onPick={(other) => go(['user', other])} />
      </>
    );
  }
  // Where each event is a click, nobody can say that an item is not liked.
  const lowest = user.value?.scale?.low ?? null;
  const opine = (item: RankedItem, rating: number | null) => {
    keepFocus();
    void giveFeedback(userId, item, rating, changed);
  };
  return (
    <>
      <Heading
        title={userName(userId)}
        tools={<UserSearch label={`Another ${word}`} onPick={(other) => go(['user', other])} />}
      >
        <p class="lead">
          {user.value && <Facts user={user.value} anomaly={anomaly.value ?? null} />}
        </p>
      </Heading>
      <div class="columns">
        <section aria-label="History">
          <div class="section-head">
            <h2>History</h2>
            <span class="note">newest first</span>
          </div>
          {user.error && <Failure error={user.error} onRetry={user.reload} />}
          {user.value ? (
            <History user={user.value} changed={changed} />
          ) : (
            user.loading && <Skeleton lines={10} label="Loading the history" />
          )}
          {user.value?.latent && <LatentCode {...user.value.latent} />}
        </section>
        <div>
          <TuningPanel tuning={tuning} />
          <RecommendationList
            resource={list}
            tuning={tuning}
            actions={(item) =>
              !readOnly.value && (
                <>
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={`${userName(userId)} likes ${nameOf(item)}`}
                    title={`Store that this ${word} likes it`}
                    onClick={() => opine(item, null)}
                  >
                    <Icon name="heart" />
                  </button>
                  {lowest !== null && (
                    <button
                      type="button"
                      class="icon-button"
                      aria-label={`${userName(userId)} does not like ${nameOf(item)}`}
                      title={`Store that this ${word} does not like it`}
                      onClick={() => opine(item, lowest)}
                    >
                      <Icon name="cross" />
                    </button>
                  )}
                </>
              )
            }
          />
        </div>
      </div>
    </>
  );
}

/** The user's anomaly score; null if the active model is not generative. */
async function anomalyIfAny(userId: string, signal: AbortSignal): Promise<Anomaly | null> {
  try {
    return await anomalyOf(userId, signal);
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

function Facts({ user, anomaly }: { user: User; anomaly: Anomaly | null }) {
  const { history } = user;
  const times = history.flatMap(({ timestamp }) => (timestamp === null ? [] : [timestamp]));
  const genres = favourites(history);
  return (
    <>
      {counted(history.length, 'event')}
      {times.length > 0 && `, ${years(Math.min(...times), Math.max(...times))}`}
      {genres.length > 0 && `, most of them ${genres.join(' and ')}`}.{' '}
      {anomaly !== null && (
        <>
          {unusual(anomaly.score)}
          {anomaly.leastExpected[0] && (
            <>
              ; the least expected {words.value.item} is{' '}
              <a href={href(['item', anomaly.leastExpected[0].itemId])}>
                {shortName(anomaly.leastExpected[0])}
              </a>
            </>
          )}
          .
        </>
      )}
    </>
  );
}

function unusual(score: number): string {
  if (score >= 3) return 'This taste is very unusual for the model';
  if (score >= 1) return 'This taste is rather unusual for the model';
  return 'This taste is typical for the model';
}

function years(first: number, last: number): string {
  const yearOf = (seconds: number) => new Date(seconds * 1000).getUTCFullYear();
  const from = yearOf(first);
  const to = yearOf(last);
  return from === to ? `in ${from}` : `from ${from} to ${to}`;
}

function favourites(history: readonly HistoryItem[]): string[] {
  const counts = new Map<string, number>();
  for (const genre of history.flatMap(({ genres }) => genres)) {
    counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([genre]) => genre);
}

function History({ user, changed }: { user: User; changed: () => void }) {
  const { userId, history } = user;
  const [showsAll, setShowsAll] = useState(false);
  const isPictured = hasPictures();
  // The clicks behind the pointed-at recommendation are shown wherever they stand.
  const shown = history.filter(
    ({ itemId }, place) => showsAll || place < historyShown || pointed.value.has(itemId),
  );
  return (
    <>
      <ul class={isPictured ? 'history pictured' : 'history'}>
        {shown.map((item) => (
          <li key={item.itemId} class={pointed.value.has(item.itemId) ? 'pointed' : undefined}>
            {isPictured && <Picture item={item} />}
            <div class="what">
              <ItemTitle item={item} />
            </div>
            <span class="rating">
              <Opinion item={item} isRated={user.scale !== null} />
              {item.source === 'feedback' && <span class="tag">feedback</span>}
              {!item.inModel && <span class="tag">not in the model</span>}
            </span>
            {wasGivenHere(userId, item.itemId) && (
              <button
                type="button"
                class="icon-button"
                aria-label={`Take back: ${nameOf(item)}`}
                onClick={() => void takeBack(userId, item, changed)}
              >
                <Icon name="undo" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {history.length > historyShown && (
        <button type="button" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
          {showsAll ? 'Show fewer' : `Show all ${history.length}`}
        </button>
      )}
    </>
  );
}

/** The rating; for a click, its day where each event is one, and that it is liked elsewhere. */
function Opinion({ item, isRated }: { item: HistoryItem; isRated: boolean }) {
  const { rating, timestamp } = item;
  if (rating !== null) return <Rating rating={rating} />;
  if (isRated) return <>liked</>;
  if (timestamp === null) return null;
  return <>{dayOf(timestamp)}</>;
}

function Rating({ rating }: { rating: number }) {
  return (
    <>
      <span class="unseen">rated </span>
      {rating}
      <span aria-hidden="true"> ★</span>
    </>
  );
}
