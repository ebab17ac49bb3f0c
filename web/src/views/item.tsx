/** The view of one item. */

import { address, changeQuery, go, href } from '../address.js';
import { cardFields, home } from '../home.js';
import { fieldText, mayLoad, webAddress } from '../items/card-fields.js';
import { nameOf, remember, shortName } from '../known-items.js';
import { Heading } from '../parts/heading.js';
import { Icon } from '../parts/icons.js';
import { UserName } from '../parts/id-text.js';
import { ItemSearch } from '../parts/item-search.js';
import { itemFacts } from '../parts/item-title.js';
import { LikeLink } from '../parts/like-link.js';
import { Picture } from '../parts/picture.js';
import { RankedList } from '../parts/ranked-list.js';
import { Loaded, Skeleton } from '../parts/states.js';
import {
  type CatalogueItem,
  type Fields,
  getItem,
  type ItemUser,
  itemUsers,
  similarTo,
} from '../server/api.js';
import { Problem } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { dayOf } from '../text/days.js';
import { longer, readTuning, tuningQuery } from '../tuning.js';
import { capital, counted, words } from '../words.js';

const usersShown = 24;

/** Shows an item, its nearest items in the model, and who rated or clicked it. */
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

  const { item: word, items, events } = words.value;
  if (item.error instanceof Problem && item.error.status === 404) {
    return (
      <>
        <Heading title={`No ${word} ${itemId}`}>
          <p class="lead">The catalogue has no {word} with this id.</p>
        </Heading>
        <ItemSearch
          label={`Search ${items}`}
          placeholder="Words of a title"
          onPick={(other) => go(['item', other.itemId])}
        />
      </>
    );
  }
  const { value } = item;
  return (
    <>
      <Heading
        title={value ? shortName(value) : capital(word)}
        picture={value && <Picture item={value} />}
        tools={<Tools itemId={itemId} item={value} />}
      >
        {value && (
          <p class="lead">
            {[...itemFacts(value), counted(value.clicks, 'event')].join(' · ')}
            {!value.available && ' · not available, so in no list'}
          </p>
        )}
      </Heading>
      <div class="columns">
        <section aria-label={`About this ${word}`}>
          {value && <Details fields={value.fields} />}
          <h2>Latest {events}</h2>
          <Loaded resource={users} loading={<Skeleton lines={6} label={`Loading ${events}`} />}>
            {(list) =>
              list.length === 0 ? <p class="note">None yet.</p> : <Raters users={list} />
            }
          </Loaded>
        </section>
        <section aria-label="Neighbours">
          <div class="section-head">
            <h2>Nearest {items} in the model</h2>
          </div>
          {value && !value.inModel ? (
            <p class="state">
              The model was trained without {nameOf(value)}, so it has no neighbours yet.
            </p>
          ) : (
            <Loaded resource={near} loading={<Skeleton lines={8} label="Loading neighbours" />}>
              {(list) => (
                <>
                  <RankedList items={list} label={`Nearest ${items}`} measure="nearness" />
                  {list.length === tuning.n && longer(tuning).n > tuning.n && (
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

function Tools({ itemId, item }: { itemId: string; item: CatalogueItem | undefined }) {
  const { link } = cardFields.value;
  const shop = link === null ? null : webAddress(item?.fields?.[link]);
  return (
    <div class="buttons">
      <LikeLink itemId={itemId} />
      {item?.inModel && (
        <a class="button" href={href(['map'], { item: itemId })}>
          See it on the map
        </a>
      )}
      {shop !== null && (
        <a class="button" href={shop.href} target="_blank" rel="noopener noreferrer">
          <Icon name="out" /> {shop.host}
          <span class="unseen">, in a new window</span>
        </a>
      )}
    </div>
  );
}

/** Every field that the heading does not show. */
function Details({ fields = {} }: { fields: Fields | undefined }) {
  const { image, link, price, currency, more } = cardFields.value;
  const shown = new Set([image, link, price, currency, ...more]);
  const rest = Object.entries(fields).flatMap(([name, value]) => {
    const text = shown.has(name) ? null : fieldText(value);
    return text === null ? [] : [{ name, text, address: webAddress(value) }];
  });
  const picture = image === null ? null : webAddress(fields[image]);
  const { imageHosts } = home.value;
  const isBarred = picture !== null && !mayLoad(picture, imageHosts);
  if (rest.length === 0 && !isBarred) return null;
  return (
    <>
      <h2>Details</h2>
      <dl class="details">
        {rest.map(({ name, text, address }) => (
          <div key={name}>
            <dt>{capital(name.replaceAll('_', ' '))}</dt>
            <dd>
              {address === null ? (
                text
              ) : (
                <a href={address.href} target="_blank" rel="noopener noreferrer">
                  {address.host}
                  <span class="unseen">, in a new window</span>
                </a>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {isBarred && (
        <p class="note">
          There is an image at {picture.origin}. The page shows it once its operator allows this
          host:{' '}
          <code>multvae settings set imageHosts={[...imageHosts, picture.origin].join(',')}</code>
        </p>
      )}
    </>
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
            {rating !== null && `${rating} ★`} {timestamp !== null && dayOf(timestamp)}
          </span>
        </li>
      ))}
    </ul>
  );
}
