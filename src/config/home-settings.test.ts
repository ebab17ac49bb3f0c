/** The settings of a home: what is accepted, refused and taken away. */

import { describe, expect, it } from 'vitest';
import { ArgumentError, HomeError } from '../errors.js';
import { parseSettings, withoutSetting, withSetting } from './home-settings.js';

describe('withSetting', () => {
  it('sets parts, lists and words beside those that are set', () => {
    const settings = ['events.purchase=1', 'events.view=0.2', 'clicks=view, cart', 'words.item=vin']
      .concat('events.view=0.3')
      .reduce(withSetting, {});
    expect(settings).toEqual({
      events: { purchase: 1, view: 0.3 },
      clicks: ['view', 'cart'],
      words: { item: 'vin' },
    });
  });

  it('writes hosts of images as a Content-Security-Policy names them', () => {
    expect(
      withSetting({}, 'imageHosts=Images.example, *.shop.example,http://localhost:80'),
    ).toEqual({
      imageHosts: ['https://images.example', 'https://*.shop.example', 'http://localhost:80'],
    });
  });

  it.each([
    ['clicks', /"clicks" has no =; give NAME=VALUE/],
    ['colour=red', /there is no setting "colour"; give events, clicks, .* or /],
    ['toString=1', /there is no setting/],
    ['events=1', /is not a setting; give events.TYPE=WEIGHT/],
    ['events.Purchase=1', /TYPE is a lower-case letter/],
    ['events.__proto__=1', /is not a setting/],
    ['events.view=-1', /a number from 0 to 1000000/],
    ['events.view=', /is not a setting/],
    ['events.view=much', /is not a setting/],
    ['events.view=Infinity', /is not a setting/],
    ['clicks=', /event types separated by commas/],
    ['clicks=a,,b', /event types separated by commas/],
    ['clicks.view=1', /event types separated by commas/],
    ['imageHosts=*', /hosts separated by commas/],
    ['imageHosts=https://a.example/images', /hosts separated by commas/],
    ["imageHosts=a.example; script-src 'self'", /hosts separated by commas/],
    ['imageHosts=data:', /hosts separated by commas/],
    ['words.colour=red', /words.item, items/],
    ['words.item=', /a word of 1 to 40 characters/],
  ])('refuses %s', (assignment, message) => {
    expect(() => withSetting({}, assignment)).toThrow(ArgumentError);
    expect(() => withSetting({}, assignment)).toThrow(message);
  });
});

describe('withoutSetting', () => {
  const settings = { events: { view: 0.2, cart: 1 }, clicks: ['view'] };

  it('takes away a setting, or a part of it', () => {
    expect(withoutSetting(settings, 'events')).toEqual({ clicks: ['view'] });
    expect(withoutSetting(settings, 'events.view')).toEqual({
      events: { cart: 1 },
      clicks: ['view'],
    });
    const none = withoutSetting(withoutSetting(settings, 'events.view'), 'events.cart');
    expect(none).toEqual({ clicks: ['view'] });
    expect(withoutSetting(settings, 'conversions')).toEqual(settings);
    expect(() => withoutSetting(settings, 'event')).toThrow(ArgumentError);
  });
});

describe('parseSettings', () => {
  it('reads nothing, what is there, and of a newer version what it knows', () => {
    expect(parseSettings(null)).toEqual({});
    expect(parseSettings({ clicks: ['view'], colour: 3 })).toEqual({ clicks: ['view'] });
  });

  it('names a damaged setting and the way out', () => {
    const damaged = () => parseSettings({ events: { view: 'much' } });
    expect(damaged).toThrow(HomeError);
    expect(damaged).toThrow(/setting events .*`multvae settings unset events` takes it away/);
  });
});
