/** The command `settings`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../../test/fixtures/command.js';
import { importRatings } from '../../data/import.js';
import { openStore } from '../../data/store/open.js';
import { FollowedSettings } from '../../serving/settings/settings.js';
import { settingsCommand } from './settings.js';

let folder: string;
let home: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-settings-'));
  home = join(folder, 'home');
  writeFileSync(join(folder, 'orders.csv'), 'userId,itemId\n1,a\n1,b\n');
  await importRatings(home, join(folder, 'orders.csv'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (...words: string[]) => runCommand(settingsCommand(), [...words, '--home', home]);

it('shows, sets and unsets', async () => {
  const none = await settings();
  expect(none.out).toBe('');
  expect(none.err).toContain(`\`multvae settings set events.purchase=1 --home ${home}\` sets one`);
  const set = await settings('set', 'events.purchase=1', 'events.view=0.2', 'clicks=view,click');
  expect(set.out).toBe('events.purchase=1\nevents.view=0.2\nclicks=view,click\n');
  expect(JSON.parse((await settings('--json')).out)).toEqual({
    events: { purchase: 1, view: 0.2 },
    clicks: ['view', 'click'],
  });
  expect((await settings('unset', 'events.view', 'clicks')).out).toBe('events.purchase=1\n');
});

it('changes nothing when one of several is wrong', async () => {
  await settings('set', 'events.cart=2');
  const before = (await settings()).out;
  await expect(settings('set', 'clicks=view', 'events.x=y')).rejects.toThrow('"events.x=y"');
  await expect(settings('set')).rejects.toThrow('names nothing; give NAME=VALUE');
  await expect(settings('show', 'clicks')).rejects.toThrow('takes no clicks');
  expect((await settings()).out).toBe(before);
});

it('keeps what a newer version set, and is followed by a server', async () => {
  const store = await openStore({ folder: home, store: null });
  try {
    const old = { colour: 'red', clicks: ['view'] };
    await store.documents.write('settings', 'home', old);
    expect(await new FollowedSettings(store).current()).toEqual({ clicks: ['view'] });
    await settings('set', 'conversions=cart');
    expect(await store.documents.read('settings', 'home')).toEqual({
      ...old,
      conversions: ['cart'],
    });
    await store.documents.write('settings', 'home', { clicks: 3 });
    const followed = new FollowedSettings(store);
    await expect(followed.current()).rejects.toThrow('the setting clicks of the home is 3');
    await store.documents.write('settings', 'home', {});
    expect(await followed.current()).toEqual({});
  } finally {
    await store.close();
  }
});
