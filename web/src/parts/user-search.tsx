/** A search field for users. */

import { userName } from '../known-items.js';
import { searchUsers, type UserSummary } from '../server/api.js';
import { counted } from '../words.js';
import { Combobox } from './combobox.js';

interface UserSearchProps {
  readonly label: string;
  readonly onPick: (userId: string) => void;
}

/** Finds users whose id starts with the typed text. */
export function UserSearch({ label, onPick }: UserSearchProps) {
  return (
    <Combobox<UserSummary>
      label={label}
      placeholder="Start typing an id"
      nothing="No id starts like this."
      search={(text, signal) => searchUsers(text, 8, signal)}
      keyOf={({ userId }) => userId}
      onPick={({ userId }) => onPick(userId)}
    >
      {({ userId, ratings }) => (
        <>
          <span>{userName(userId)}</span>
          <small>{counted(ratings, 'event')}</small>
        </>
      )}
    </Combobox>
  );
}
