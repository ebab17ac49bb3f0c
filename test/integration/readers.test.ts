/** The readers against csv-parse and Python's csv on random files; `npm run soak -- readers` reads more of them. */

import { expect, it } from 'vitest';
import { readers } from '../../bench/soak/readers/readers.js';

it('read random files as csv-parse and Python do, or refuse them', async () => {
  const { files, refused, python, noPython, differences } = await readers(80);
  expect(differences).toEqual([]);
  expect(files).toBe(80);
  // Some files are read, and some refused.
  expect(refused).toBeGreaterThan(20);
  expect(refused).toBeLessThan(60);
  if (noPython === null) expect(python).toBeGreaterThan(20);
  else process.stderr.write(`not compared with Python's csv: ${noPython}\n`);
});
