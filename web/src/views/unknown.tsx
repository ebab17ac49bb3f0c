/** The view for an address without a page. */

import { href } from '../address.js';
import { Heading } from '../parts/heading.js';

/** Says that the address has no page. */
export function UnknownView() {
  return (
    <>
      <Heading title="No such view" />
      <p>
        This address has no page. Start with <a href={href(['profile'])}>your profile</a>, or search
        above.
      </p>
    </>
  );
}
