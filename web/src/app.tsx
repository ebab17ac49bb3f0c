/** The whole page: navigation, the search across titles and users, and the current view. */

import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { address, go, href } from './address.js';
import { dismissFailure } from './announce.js';
import { useHome } from './home.js';
import { nameOf, remember, userName } from './known-items.js';
import { Combobox } from './parts/combobox.js';
import { GoneBanner, KeyForm, KeyNote, Skeleton } from './parts/states.js';
import { Toast } from './parts/toast.js';
import { profileAddress } from './profile.js';
import { searchItems, searchUsers } from './server/api.js';
import { keyWanted } from './server/connection.js';
import { CompareView } from './views/compare.js';
import { ItemView } from './views/item.js';
import { LiveView } from './views/live.js';
import { ModelView } from './views/model.js';
import { ModelsView } from './views/models.js';
import { ProfileView } from './views/profile.js';
import { RulesView } from './views/rules.js';
import { UnknownView } from './views/unknown.js';
import { UserView } from './views/user.js';
import { UsersView } from './views/users.js';
import { views } from './views.js';
import { withArticle, words } from './words.js';

/** Loaded on demand, because only the map needs most of d3. */
const MapView = lazy(() => import('./views/map.js').then(({ MapView }) => ({ default: MapView })));

/** The page: a header with links to all views, and the view that the address names. */
export function App() {
  const { path } = address.value;
  const here = path[0] ?? 'profile';
  const main = useRef<HTMLElement>(null);
  useFocusOnArrival(path.join('/'), main);
  useSearchKey();
  const canBegin = useHome();
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="head">
        <a class="brand" href={href([])}>
          <img src={new URL('./icon.svg', import.meta.url).href} alt="" width="28" height="28" />
          <span>
            multvae <b>explorer</b>
          </span>
        </a>
        <nav aria-label="Views">
          {views.map((view) => (
            <a
              key={view.path}
              href={view.path === 'profile' ? profileAddress() : href([view.path])}
              aria-current={here === view.path ? 'page' : undefined}
            >
              {view.name()}
            </a>
          ))}
        </nav>
        <Finder />
      </header>
      <GoneBanner />
      <main id="main" ref={main} tabIndex={-1}>
        {keyWanted.value !== null ? <KeyForm /> : canBegin && <View />}
      </main>
      <footer class="foot">
        <a href="docs">API</a>
        <a href="openapi.json">OpenAPI</a>
        <KeyNote />
      </footer>
      <Toast />
    </>
  );
}

function View() {
  const [view = 'profile', id] = address.value.path;
  switch (view) {
    case 'profile':
      return <ProfileView />;
    case 'user':
      return id === undefined ? <UsersView /> : <UserView key={id} userId={id} />;
    case 'item':
      return id === undefined ? <UnknownView /> : <ItemView key={id} itemId={id} />;
    case 'map':
      return (
        <Suspense fallback={<Skeleton lines={6} label="Loading the map" />}>
          <MapView />
        </Suspense>
      );
    case 'models':
      return id === undefined ? <ModelsView /> : <ModelView key={id} run={id} />;
    case 'compare':
      return <CompareView />;
    case 'live':
      return <LiveView />;
    case 'rules':
      return <RulesView />;
    default:
      return <UnknownView />;
  }
}

type Found =
  | { readonly kind: 'item'; readonly id: string; readonly name: string }
  | { readonly kind: 'user'; readonly id: string; readonly name: string };

/** The search field in the header, for titles and users. */
function Finder() {
  const { item, user } = words.value;
  const what = `Find ${withArticle(item)} or ${withArticle(user)}`;
  return (
    <div class="finder">
      <Combobox<Found>
        label={what}
        quietLabel
        placeholder={what}
        nothing={`No ${item} or ${user} starts like this.`}
        shortcut="Control+K"
        search={async (text, signal) => {
          const [items, users] = await Promise.all([
            searchItems(text, 6, signal),
            text === '' ? [] : searchUsers(text, 3, signal),
          ]);
          remember(items);
          return [
            ...items.map((item): Found => ({ kind: 'item', id: item.itemId, name: nameOf(item) })),
            ...users.map(({ userId }): Found => ({ kind: 'user', id: userId, name: userId })),
          ];
        }}
        keyOf={({ kind, id }) => `${kind} ${id}`}
        onPick={({ kind, id }) => go([kind, id])}
      >
        {({ kind, name }) => (
          <>
            <span>{kind === 'user' ? userName(name) : name}</span>
            <small>{kind === 'user' ? user : item}</small>
          </>
        )}
      </Combobox>
    </div>
  );
}

/** Moves the focus to the heading of a newly opened view, so that screen readers continue there. */
function useFocusOnArrival(place: string, main: { current: HTMLElement | null }): void {
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    dismissFailure();
    scrollTo(0, 0);
    (main.current?.querySelector<HTMLElement>('h1') ?? main.current)?.focus();
  }, [place, main]);
}

/** Ctrl+K or ⌘K moves the focus to the search field. */
function useSearchKey(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      document.querySelector<HTMLElement>('[data-shortcut]')?.focus();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
