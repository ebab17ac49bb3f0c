/** The view of the item map. */

import { useEffect, useMemo } from 'preact/hooks';
import { address, changeQuery, go, href } from '../address.js';
import { nameOf, remember, shortName } from '../known-items.js';
import { type Coloring, coloringName, coloringsOf, fieldOf, groupsOf } from '../map/color-by.js';
import { inkClass } from '../map/genre-inks.js';
import { MapCanvas } from '../map/map-canvas.js';
import { Heading } from '../parts/heading.js';
import { ItemSearch } from '../parts/item-search.js';
import { LikeLink } from '../parts/like-link.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { lastProfile } from '../profile.js';
import { runName } from '../runs.js';
import {
  getItem,
  listRuns,
  type MapItem,
  type MapMethod,
  mapOf,
  recommendFrom,
  similarTo,
} from '../server/api.js';
import { useResource } from '../server/resource.js';
import { capital, counted, withArticle, words } from '../words.js';

const itemsAsked = 20_000;
const neighboursShown = 8;
const recommendedShown = 20;
/** How often to ask whether the map is computed. */
const askAgainMs = 3000;

/** A map of the items: those that the model recommends to the same people are close together. */
export function MapView() {
  const runs = useResource('runs', listRuns);
  const { query } = address.value;
  const run = query.get('run') ?? runs.value?.active ?? null;
  const method: MapMethod = query.get('places') === 'pca' ? 'pca' : 'umap';
  const field = fieldOf(query.get('color'))?.name;
  const map = useResource(run && `${run} ${method} ${field ?? ''}`, async (signal) => {
    const fields = field === undefined ? {} : { fields: field };
    const got = await mapOf(run!, { items: itemsAsked, method, ...fields }, signal);
    remember(
      got.items.map((item) => ({ ...item, genres: item.genre === null ? [] : [item.genre] })),
    );
    return got;
  });
  const isComputing = map.value?.isComputing === true && map.value.items.length > 0 && !map.loading;
  useEffect(() => {
    if (!isComputing) return;
    const asking = setTimeout(map.reload, askAgainMs);
    return () => clearTimeout(asking);
  }, [isComputing, map.reload]);
  const { items, events } = words.value;
  return (
    <>
      <Heading
        title="Map"
        tools={
          <>
            <ItemSearch
              label="Find on the map"
              placeholder={capital(withArticle(words.value.item))}
              onPick={({ itemId }) => changeQuery({ item: itemId })}
            />
            <div class="picker half">
              <label for="map-places">Places</label>
              <select
                id="map-places"
                value={method}
                onChange={(event) =>
                  changeQuery({ places: event.currentTarget.value === 'pca' ? 'pca' : null })
                }
              >
                <option value="umap">Neighbourhoods</option>
                <option value="pca">Principal components</option>
              </select>
            </div>
            {map.value && <ColorPicker items={map.value.items} />}
            {runs.value && runs.value.models.length > 1 && (
              <div class="picker">
                <label for="map-run">Run</label>
                <select
                  id="map-run"
                  value={run ?? ''}
                  onChange={(event) => changeQuery({ run: event.currentTarget.value })}
                >
                  {runs.value.models.map((each) => (
                    <option key={each.run} value={each.run}>
                      {runName(each)}
                    </option>
                  ))}
                </select>
              </div>
            )}
          </>
        }
      >
        <p class="lead">
          {capital(items)} that the model recommends to the same people are close together. Larger
          dots have more {events}.
        </p>
        <p class="note" role="status">
          {isComputing &&
            `The neighbourhoods are being computed. Until they are ready, the map shows the two directions in which the ${items} differ most.`}
        </p>
      </Heading>
      <Loaded resource={map} loading={<Skeleton lines={9} label="Loading the map" />}>
        {({ items: list }) =>
          list.length === 0 ? (
            <Empty title={`There are no ${items} on the map`}>
              <p>The run knows none that the home still has.</p>
            </Empty>
          ) : (
            <Atlas items={list} run={run!} />
          )
        }
      </Loaded>
    </>
  );
}

/** What the items can be coloured by, and the choice in the address. */
function coloringIn(query: URLSearchParams, items: readonly MapItem[]) {
  const choices = coloringsOf(items);
  const coloring = choices.find((each) => each === query.get('color')) ?? choices[0]!;
  return { choices, coloring };
}

function ColorPicker({ items }: { items: readonly MapItem[] }) {
  const { choices, coloring } = coloringIn(address.value.query, items);
  return (
    <div class="picker half">
      <label for="map-color">Colour</label>
      <select
        id="map-color"
        value={coloring}
        onChange={(event) =>
          changeQuery({ color: event.currentTarget.value as Coloring, genre: null })
        }
      >
        {choices.map((each) => (
          <option key={each} value={each}>
            {coloringName(each)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Atlas({ items, run }: { items: readonly MapItem[]; run: string }) {
  const { query } = address.value;
  const { coloring } = coloringIn(query, items);
  const groups = useMemo(() => groupsOf(items, coloring), [items, coloring]);
  const names = new Set(groups.counts.map(([name]) => name));
  const shown = query.getAll('genre').filter((name) => names.has(name));
  const { liked, hidden } = lastProfile();
  const proposed = useResource(
    liked.length > 0 ? `${run} ${liked.join()} ${hidden.join()}` : null,
    async (signal) => {
      const list = await recommendFrom(liked, { n: recommendedShown, run }, signal);
      remember(list.items);
      return list.items.map(({ itemId }) => itemId).filter((itemId) => !hidden.includes(itemId));
    },
  );
  const selected = items.find(({ itemId }) => itemId === query.get('item')) ?? null;
  const near = useResource(selected && `${run} ${selected.itemId}`, async (signal) => {
    const { items } = await similarTo(selected!.itemId, { n: neighboursShown, run }, signal);
    remember(items);
    return items;
  });
  const stored = useResource(selected?.itemId ?? null, (signal) =>
    getItem(selected!.itemId, signal),
  );
  const toggle = (genre: string) =>
    changeQuery({
      genre: shown.includes(genre) ? shown.filter((each) => each !== genre) : [...shown, genre],
    });
  return (
    <div class="atlas">
      <fieldset class="chips legend">
        <legend class="unseen">Show only these</legend>
        {groups.counts.map(([genre, count], place) => (
          <button
            key={genre}
            type="button"
            class="chip"
            aria-pressed={shown.includes(genre)}
            onClick={() => toggle(genre)}
          >
            <span class={inkClass(place)} aria-hidden="true" />
            {genre} <small>{count}</small>
          </button>
        ))}
        {shown.length > 0 && (
          <button type="button" class="plain" onClick={() => changeQuery({ genre: null })}>
            All
          </button>
        )}
      </fieldset>
      <MapCanvas
        items={items}
        groups={groups}
        shown={shown}
        selected={selected?.itemId ?? null}
        linked={(near.value ?? []).map(({ itemId }) => itemId)}
        liked={liked}
        recommended={proposed.value ?? []}
        onSelect={(itemId) => changeQuery({ item: itemId })}
        onOpen={(itemId) => go(['item', itemId])}
      />
      <aside class="selection" aria-label={`Selected ${words.value.item}`} aria-live="polite">
        {selected ? (
          <>
            <h2>
              <a href={href(['item', selected.itemId])}>{shortName(selected)}</a>
            </h2>
            <p class="note">
              {[
                selected.year,
                selected.genre,
                stored.value && counted(stored.value.clicks, 'event'),
              ]
                .filter(Boolean)
                .join(' · ')}
            </p>
            <div class="buttons">
              <LikeLink itemId={selected.itemId} />
              <button type="button" class="plain" onClick={() => changeQuery({ item: null })}>
                Deselect
              </button>
            </div>
            <Loaded resource={near} loading={<Skeleton lines={5} label="Loading neighbours" />}>
              {(neighbours) => (
                <>
                  <h3>Nearest in all dimensions</h3>
                  <ol class="nearest">
                    {neighbours.map((item) => (
                      <li key={item.itemId}>
                        <button
                          type="button"
                          class="plain"
                          onClick={() => changeQuery({ item: item.itemId })}
                        >
                          {nameOf(item)}
                        </button>
                      </li>
                    ))}
                  </ol>
                </>
              )}
            </Loaded>
          </>
        ) : (
          <p class="note">
            Point at a dot to see its name. Click it to see its nearest {words.value.items}. Scroll
            or pinch to zoom, and drag to move. Arrow keys move from dot to dot, plus and minus
            zoom, and Enter opens the selected {words.value.item}.
            {liked.length > 0 &&
              ` Rings mark the ${words.value.items} you like; dashed rings, those recommended for them.`}
          </p>
        )}
      </aside>
    </div>
  );
}
