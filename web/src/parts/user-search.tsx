import { searchUsers, type UserSummary } from '../server/api.js';
import { Combobox } from './combobox.js';

interface UserSearchProps {
  readonly label: string;
  readonly onPick: (userId: string) => void;
}

/** Finds a user by the beginning of the id. */
export function UserSearch({ label, onPick }: UserSearchProps) {
  return (
    <Combobox<UserSummary>
      label={label}
      placeholder="Begin typing an id"
      nothing="No id begins so."
      search={(text, signal) => searchUsers(text, 8, signal)}
      keyOf={({ userId }) => userId}
      onPick={({ userId }) => onPick(userId)}
    >
      {({ userId, ratings }) => (
        <>
          <span>User {userId}</span>
          <small>{ratings} ratings</small>
        </>
      )}
    </Combobox>
  );
}
