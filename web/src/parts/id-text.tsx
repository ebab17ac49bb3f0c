/** Ids as text. */

import { Fragment } from 'preact';
import { userName } from '../known-items.js';

/** A text that may break after its punctuation, so that a long id or address wraps between its parts. */
export function Breakable({ text }: { text: string }) {
  const parts = text.split(/(?<=[@._/:+-])/);
  return (
    <>
      {parts.map((part, place) => (
        <Fragment key={place}>
          {place > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}

/** What a user is called. */
export function UserName({ userId }: { userId: string }) {
  return <Breakable text={userName(userId)} />;
}
