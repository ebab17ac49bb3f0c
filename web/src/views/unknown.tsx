/** The view for an address without a page. */

import { address, href } from '../address.js';
import { Heading } from '../parts/heading.js';
import { views } from '../views.js';

/** Says that the address has no page, and offers those that there are. */
export function UnknownView() {
  return (
    <>
      <Heading title={`No view “${address.value.path.join('/')}”`}>
        <p class="lead">This address has no page. These are the pages:</p>
      </Heading>
      <ul class="buttons">
        {views.map(({ name, path }) => (
          <li key={path}>
            <a class="button" href={href([path])}>
              {name()}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
