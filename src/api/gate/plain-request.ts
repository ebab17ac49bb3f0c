/** Refuses requests that a proxy in front may read otherwise than this server does. */

import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.js';

/**
 * A `#` or a backslash would move the end of the path, or its parts; of a repeated header Node takes the first, and
 * another program perhaps the last. (Node itself refuses characters outside ASCII.)
 */
export const plainRequest: RequestHandler = (request, _response, next) => {
  const { url, rawHeaders, headers, httpVersion } = request;
  if (headers.host === undefined && httpVersion !== '1.0') {
    throw new ProblemError(400, 'the header Host is missing');
  }
  if (/#|^[^?]*\\/.test(url)) {
    throw new ProblemError(400, 'the address holds a "#" or a backslash; percent-encode it');
  }
  const repeated = repeatedHeader(rawHeaders);
  if (repeated !== null) {
    throw new ProblemError(400, `the header ${repeated} is given more than once; give it once`);
  }
  next();
};

const headersGivenOnce = ['host', 'authorization', 'content-type'];
const lengths = new Set(headersGivenOnce.map(({ length }) => length));

/** @param rawHeaders - names and values in turn */
function repeatedHeader(rawHeaders: readonly string[]): string | null {
  const found: string[] = [];
  for (let k = 0; k < rawHeaders.length; k += 2) {
    const name = rawHeaders[k]!;
    // Most headers have another length, which costs less to see than their names.
    if (!lengths.has(name.length)) continue;
    const header = name.toLowerCase();
    if (found.includes(header)) return header;
    if (headersGivenOnce.includes(header)) found.push(header);
  }
  return null;
}
