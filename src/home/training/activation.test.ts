/** Which runs go live with `if-better`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkerboard } from '../../../test/fixtures/checkerboard.js';
import type { Home } from '../home.js';
import { openHome } from '../place/open-home.js';

let folder: string;
let home: Home;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-activation-'));
  home = await openHome(join(folder, 'home'), { create: true });
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

/** Orders of the items up to one. */
function orders(items: number): string {
  const clicks = checkerboard(200, 30, 10, 1);
  const lines = ['customer,sku'];
  for (let u = 0; u < 200; u++) {
    for (const item of clicks.row(u)) if (item < items) lines.push(`${u},${item}`);
  }
  const path = join(folder, `orders-${items}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

it('a run that lost half of the items stays inactive, and one that lost a few does not', async () => {
  await home.import(orders(30));
  const first = await home.train({ model: 'ease' });
  await home.import(orders(15), { replace: true });
  const half = await home.train({ model: 'ease', activate: 'if-better' });
  expect(half.activation.activated).toBe(false);
  expect(half.activation.reason).toMatch(
    new RegExp(
      `^${first.runId} stays active: ${half.runId} does not know 15 of the 30 \\w+ that the active run knows, with \\d+ % of its clicks, .*\`multvae activate ${half.runId}\``,
    ),
  );
  await home.import(orders(28), { replace: true });
  const most = await home.train({ model: 'ease', activate: 'if-better' });
  expect(most.activation, most.activation.reason).toMatchObject({ activated: true });
});
