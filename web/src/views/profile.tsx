/** The view of the reader's own profile. */

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { address } from '../address.js';
import { announce } from '../announce.js';
import { withCardFields } from '../home.js';
import { learn, nameOf, remember, shortName } from '../known-items.js';
import { useKeptFocus } from '../lists/kept-focus.js';
import { pointed } from '../lists/pointed.js';
import { Heading } from '../parts/heading.js';
import { Icon } from '../parts/icons.js';
import { ItemSearch } from '../parts/item-search.js';
import { ItemTitle, itemFacts } from '../parts/item-title.js';
import { Lately } from '../parts/live/last-night.js';
import { hasPictures, Picture } from '../parts/picture.js';
import { RecommendationList } from '../parts/recommendation-list.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { TuningPanel } from '../parts/tuning-panel.js';
import {
  hiding,
  keepProfile,
  lastProfile,
  liking,
  type Profile,
  profileAddress,
  readProfile,
  without,
  writeProfile,
} from '../profile.js';
import { type RankedItem, recommendFrom, searchItems } from '../server/api.js';
import { useResource } from '../server/resource.js';
import { listOptions, readTuning } from '../tuning.js';
import { capital, counted, withArticle, words } from '../words.js';

const startersAsked = 60;
/** How long the time of an answer stands beside the list. */
const figureShownMs = 5000;

/** Recommends from the items that the reader likes, anew with every click. Only the address holds the profile. */
export function ProfileView() {
  const { query } = address.value;
  const profile = readProfile(query);
  const tuning = readTuning(query);
  const { liked, hidden } = profile;
  const { change: changeNow, undo, canUndo, clickedAt } = useChanges(profile);
  const key = JSON.stringify([liked, hidden, tuning]);
  const list = useResource(liked.length > 0 ? key : null, async (signal) => {
    const exclude = hidden.length > 0 ? { exclude: hidden } : {};
    const reply = await recommendFrom(liked, { ...listOptions(tuning), ...exclude }, signal);
    remember(reply.items);
    return reply;
  });
  const names = useResource(JSON.stringify([liked, hidden]), (signal) =>
    learn([...liked, ...hidden], signal),
  );
  const took = useTook(list.value, clickedAt);
  const isFresh = useFresh(took);
  const keepFocus = useKeptFocus(query.toString(), list.value, list.loading);
  const change = (next: Profile, said: string) => {
    keepFocus();
    changeNow(next, said);
  };
  const like = (item: { itemId: string; title: string | null }) =>
    change(liking(profile, item.itemId), `Liked ${nameOf(item)}.`);

  const { item, items } = words.value;
  const isPictured = hasPictures();
  // Both forms of the view share these elements, so that the search field keeps the focus.
  const tools = (placeholder: string, more: ComponentChildren) => (
    <>
      <ItemSearch label={`Search ${items}`} placeholder={placeholder} onPick={like} />
      {more}
    </>
  );

  if (liked.length === 0) {
    return (
      <>
        <Heading title="Your profile" tools={tools(`${capital(withArticle(item))} you like`, null)}>
          <p class="lead">
            Like a few {items} that you know. The model treats them as your history, recommends what
            could come next, and says why.
          </p>
        </Heading>
        <GoOn />
        <Lately />
        <Starters
          heading={`Start with a popular ${item}, or search`}
          profile={profile}
          shown={24}
          onLike={like}
        />
      </>
    );
  }
  return (
    <>
      <Heading
        title="Your profile"
        tools={tools(
          `Another ${item} you like`,
          <div class="buttons">
            <button type="button" onClick={undo} disabled={!canUndo} aria-keyshortcuts="Control+Z">
              <Icon name="undo" /> Undo
            </button>
            <button type="button" onClick={() => change({ liked: [], hidden: [] }, 'Cleared.')}>
              Clear
            </button>
            <button type="button" onClick={() => void copyAddress()}>
              <Icon name="link" /> Copy link
            </button>
          </div>,
        )}
      />
      <div class="columns">
        <section aria-label="What you like">
          <div class="section-head">
            <h2>You like {counted(liked.length, 'item')}</h2>
          </div>
          <ul class={isPictured ? 'history pictured' : 'history'}>
            {liked.toReversed().map((itemId) => {
              const item = names.value?.find((each) => each.itemId === itemId);
              return (
                <li key={itemId} class={pointed.value.has(itemId) ? 'pointed' : undefined}>
                  {isPictured && (item ? <Picture item={item} /> : <span />)}
                  <div class="what">
                    {item ? <ItemTitle item={item} /> : <span class="title">…</span>}
                  </div>
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={`Remove ${item ? nameOf(item) : itemId}`}
                    onClick={() => change(without(profile, itemId), 'Removed.')}
                  >
                    <Icon name="cross" />
                  </button>
                </li>
              );
            })}
          </ul>
          {hidden.length > 0 && (
            <p class="note">
              {hidden.length} hidden.{' '}
              <button
                type="button"
                class="plain"
                onClick={() => change({ liked, hidden: [] }, 'Nothing is hidden any more.')}
              >
                Show them again
              </button>
            </p>
          )}
          <Starters heading="Many like these, too" profile={profile} shown={8} onLike={like} />
        </section>
        <div>
          <TuningPanel tuning={tuning} />
          <RecommendationList
            resource={list}
            tuning={tuning}
            remark={
              <span class="note" data-took={took ?? undefined}>
                {took !== null && isFresh && `${Math.round(took)} ms after your click`}
              </span>
            }
            actions={(item: RankedItem) => (
              <>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Like ${nameOf(item)}`}
                  onClick={() => like(item)}
                >
                  <Icon name="heart" />
                </button>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Hide ${nameOf(item)}`}
                  onClick={() => change(hiding(profile, item.itemId), `Hid ${nameOf(item)}.`)}
                >
                  <Icon name="cross" />
                </button>
              </>
            )}
          />
        </div>
      </div>
    </>
  );
}

/** Changes the profile. A button and Ctrl+Z undo each change. */
function useChanges(profile: Profile) {
  const past = useRef<Profile[]>([]);
  const clickedAt = useRef(0);
  const [, setDepth] = useState(0);
  const put = (next: Profile) => {
    clickedAt.current = performance.now();
    writeProfile(next);
    setDepth(past.current.length);
  };
  const undo = () => {
    const before = past.current.pop();
    if (before === undefined) return;
    put(before);
    announce('Undone.');
  };
  const change = (next: Profile, said: string) => {
    past.current.push(profile);
    put(next);
    announce(said, undo);
  };
  const latest = useRef(undo);
  latest.current = undo;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
      if (event.target instanceof HTMLInputElement && event.target.value !== '') return;
      event.preventDefault();
      latest.current();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  // A profile that the address brought is remembered too.
  const { liked, hidden } = profile;
  useEffect(() => {
    if (liked.length > 0) keepProfile({ liked, hidden });
  }, [liked.join(' '), hidden.join(' ')]);
  return { change, undo, canUndo: past.current.length > 0, clickedAt };
}

/** Milliseconds from the latest click to the list that answers it; null before the first click. */
function useTook(list: unknown, clickedAt: { current: number }): number | null {
  const [took, setTook] = useState<number | null>(null);
  useLayoutEffect(() => {
    if (list === undefined || clickedAt.current === 0) return;
    setTook(performance.now() - clickedAt.current);
    clickedAt.current = 0;
  }, [list, clickedAt]);
  return took;
}

/** Whether a figure was measured a moment ago. */
function useFresh(took: number | null): boolean {
  const [stale, setStale] = useState<number | null>(null);
  useEffect(() => {
    if (took === null) return;
    const timer = setTimeout(() => setStale(took), figureShownMs);
    return () => clearTimeout(timer);
  }, [took]);
  return took !== stale;
}

/** A link back to the profile that was started in this tab. */
function GoOn() {
  const last = lastProfile();
  if (last.liked.length === 0) return null;
  return (
    <p>
      <a href={profileAddress(last)}>
        Continue with your profile of {counted(last.liked.length, 'item')}
      </a>
    </p>
  );
}

/** Popular items that are not in the profile yet, below a heading. One click likes an item. */
function Starters(props: {
  heading: string;
  profile: Profile;
  shown: number;
  onLike: (item: { itemId: string; title: string | null }) => void;
}) {
  const { heading, profile, shown, onLike } = props;
  const popular = useResource('popular', async (signal) => {
    const items = await withCardFields((fields) => searchItems('', startersAsked, signal, fields));
    remember(items);
    return items;
  });
  if (popular.value?.length === 0) {
    return (
      <Empty title={`There are no ${words.value.items} yet`}>
        <p>
          Import some with <code>multvae import</code>.
        </p>
      </Empty>
    );
  }
  const known = new Set([...profile.liked, ...profile.hidden]);
  const items = (popular.value ?? []).filter(({ itemId }) => !known.has(itemId)).slice(0, shown);
  if (popular.value !== undefined && items.length === 0) return null;
  return (
    <>
      <h2>{heading}</h2>
      <Loaded
        resource={popular}
        loading={<Skeleton lines={5} label={`Loading ${words.value.items}`} />}
      >
        {() => (
          <ul class="cards">
            {items.map((item) => (
              <li key={item.itemId}>
                <button type="button" onClick={() => onLike(item)}>
                  <Picture item={item} />
                  <span class="unseen">Like </span>
                  <span class="title">{shortName(item)}</span>
                  <span class="genres">{itemFacts(item).join(' · ')}</span>
                  <Icon name="heart" />
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}

async function copyAddress(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    announce('The link to this profile is copied.');
  } catch {
    announce('This browser does not allow copying. Copy the link from the address bar.');
  }
}
