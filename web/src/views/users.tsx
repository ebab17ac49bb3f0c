/** The view that lists users. */

import { go, href } from '../address.js';
import { Heading } from '../parts/heading.js';
import { UserName } from '../parts/id-text.js';
import { Empty, Loaded, Skeleton } from '../parts/states.js';
import { UserSearch } from '../parts/user-search.js';
import { searchUsers } from '../server/api.js';
import { useResource } from '../server/resource.js';
import { capital, counted, words } from '../words.js';

const shown = 36;

/** Lists users and searches them. */
export function UsersView() {
  const users = useResource('users', (signal) => searchUsers('', shown, signal));
  return (
    <>
      <Heading title={capital(words.value.users)}>
        <p class="lead">
          Pick a {words.value.user} from the data. See their {words.value.events}, what the model
          recommends next, and which of the {words.value.events} explain it.
        </p>
      </Heading>
      <UserSearch label={`Search ${words.value.users}`} onPick={(userId) => go(['user', userId])} />
      <Loaded resource={users} loading={<Skeleton lines={6} label="Loading users" />}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={`There are no ${words.value.users} yet`}>
              <p>
                Import {words.value.events} with <code>multvae import</code>.
              </p>
            </Empty>
          ) : (
            <ul class="cards users">
              {list.map(({ userId, ratings }) => (
                <li key={userId}>
                  <a href={href(['user', userId])}>
                    <span class="title">
                      <UserName userId={userId} />
                    </span>
                    <span class="genres">{counted(ratings, 'event')}</span>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
