/** The view of one item. */

import { address, changeQuery, go, href } from '../address.js';
import { nameOf, remember, shortName } from '../known-items.js';
import { Heading } from '../parts/heading.js';
import { UserName } from '../parts/id-text.js';
import { ItemSearch } from '../parts/item-search.js';
import { LikeLink } from '../parts/like-link.js';
import { priceOf, RankedList } from '../parts/ranked-list.js';
import { Loaded, Skeleton } from '../parts/states.js';
import { getItem, type ItemUser, itemUsers, similarTo } from '../server/api.js';
import { Problem } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { longer, readTuning, tuningQuery } from '../tuning.js';

const usersShown = 24;

/** Shows an item, its nearest items in the model, and who rated it. */
export function ItemView({ itemId }: { itemId: string }) {
  const tuning = readTuning(address.value.query);
  const item = useResource('item', async (signal) => {
    const reply = await getItem(itemId, signal);
    remember([reply]);
    return reply;
  });
  const near = useResource(item.value?.inModel ? String(tuning.n) : null, async (signal) => {
    const { items } = await similarTo(itemId, { n: tuning.n, fields: '*' }, signal);
    remember(items);
    return items;
  });
  const users = useResource('users', (signal) => itemUsers(itemId, usersShown, signal));

  if (item.error instanceof Problem && item.error.status === 404) {
    return (
      <>
        <Heading title={`No item ${itemId}`}>
          <p class="lead">The catalogue has no item with this id.</p>
        </Heading>
        <ItemSearch
          label="Search titles"
          placeholder="A title"
          onPick={(other) => go(['item', other.itemId])}
        />
      </>
    );
  }
  const { value } = item;
  return (
    <>
      <Heading
        title={value ? shortName(value) : 'Item'}
        tools={<Tools itemId={itemId} isOnMap={value?.inModel ?? false} />}
      >
        {value && (
          <p class="lead">
            {[priceOf(value.fields), value.year, ...value.genres].filter(Boolean).join(' · ')}
            {' · '}
            {value.clicks === 1 ? '1 person rated it' : `${value.clicks} people rated it`}
            {!value.available && ' · not available, so in no list'}
          </p>
        )}
      </Heading>
      <div class="columns">
        <section aria-label="Who rated it">
          <h2>Who rated it</h2>
          <Loaded resource={users} loading={<Skeleton lines={6} label="Loading users" />}>
            {(list) =>
              list.length === 0 ? <p class="note">Nobody yet.</p> : <Raters users={list} />
            }
          </Loaded>
        </section>
        <section aria-label="Neighbours">
          <div class="section-head">
            <h2>Nearest items in the model</h2>
          </div>
          {value && !value.inModel ? (
            <p class="state">
              The training data of the model did not contain {nameOf(value)}, so it has no
              neighbours yet.
            </p>
          ) : (
            <Loaded resource={near} loading={<Skeleton lines={8} label="Loading neighbours" />}>
              {(items) => (
                <>
                  <RankedList items={items} label="Nearest items" measure="nearness" />
                  {items.length === tuning.n && longer(tuning).n > tuning.n && (
                    <div class="below">
                      <button
                        type="button"
                        onClick={() => changeQuery(tuningQuery(longer(tuning)))}
                      >
                        Show more
                      </button>
                    </div>
                  )}
                </>
              )}
            </Loaded>
          )}
        </section>
      </div>
    </>
  );
}

function Tools({ itemId, isOnMap }: { itemId: string; isOnMap: boolean }) {
  return (
    <div class="buttons">
      <LikeLink itemId={itemId} />
      {isOnMap && (
        <a class="button" href={href(['map'], { item: itemId })}>
          See it on the map
        </a>
      )}
    </div>
  );
}

function Raters({ users }: { users: readonly ItemUser[] }) {
  return (
    <ul class="people">
      {users.map(({ userId, rating, timestamp }) => (
        <li key={userId}>
          <a href={href(['user', userId])}>
            <UserName userId={userId} />
          </a>
          <span class="note">
            {rating !== null && `${rating} ★`}
            {timestamp !== null && ` ${new Date(timestamp * 1000).getUTCFullYear()}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
