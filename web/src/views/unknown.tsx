import { href } from '../address.js';
import { Heading } from '../parts/heading.js';

/** An address that leads nowhere. */
export function UnknownView() {
  return (
    <>
      <Heading title="No such view" />
      <p>
        This address leads nowhere. Begin with <a href={href(['profile'])}>your profile</a>, or
        search above.
      </p>
    </>
  );
}
