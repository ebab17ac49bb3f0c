/** Messages without the place of the home folder. */

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandWithoutHome, withoutHome } from './home-paths.js';

describe('withoutHome', () => {
  it.each([
    ['/srv/h/runs/a is damaged', 'runs/a is damaged'],
    ['/srv/h/runs/a and /srv/h/runs/b differ', 'runs/a and runs/b differ'],
    [
      'cannot read /srv/h: /srv/h/multvae.db, then /srv/h',
      'cannot read the home folder: multvae.db, then the home folder',
    ],
    ["'/srv/h/runs/a' -> '/srv/h/runs/b'", "'runs/a' -> 'runs/b'"],
    ['no run is active in /srv/h.', 'no run is active in the home folder.'],
    [
      '/srv/h, /srv/h and /srv/h are one folder',
      'the home folder, the home folder and the home folder are one folder',
    ],
    ['there is nothing in /srv/h/.', 'there is nothing in the home folder.'],
    ['/srv/h2/x, /srv/h-old and /x/srv/h/y stay', '/srv/h2/x, /srv/h-old and /x/srv/h/y stay'],
    ['/srv/h.d/x stays', '/srv/h.d/x stays'],
    ['/srv/h/.pending-run is there', '.pending-run is there'],
  ])('turns %j into %j', (message, shown) => {
    for (const home of ['/srv/h', '/srv/h/']) expect(withoutHome(message, home)).toBe(shown);
  });

  it.each([
    ['postgres://me@db.lan:5432/shop?schema=a cannot be read', 'the store cannot be read'],
    ['there is no run a-1 in postgresql://db/shop.', 'there is no run a-1 in the store.'],
    ['(postgres://me@[::1]/shop?schema=a), then', '(the store), then'],
    ['postgres is a database', 'postgres is a database'],
  ])('turns %j into %j', (message, shown) => {
    expect(withoutHome(message, '/srv/h')).toBe(shown);
  });

  it('finds a home that was given from the working folder, in both forms', () => {
    const whole = resolve('homes/a');
    const message = `homes/a/runs/x, ${whole}/runs/y and homes/a`;
    expect(withoutHome(message, 'homes/a')).toBe('runs/x, runs/y and the home folder');
    expect(withoutHome(`.multvae/runs/x in .multvae`, '.multvae')).toBe(
      'runs/x in the home folder',
    );
  });

  it('changes nothing else where the home is the working folder or the root', () => {
    expect(withoutHome('runs/x. Train again.', '.')).toBe('runs/x. Train again.');
    expect(withoutHome(`${resolve('.')}/runs/x`, '.')).toBe('runs/x');
    expect(withoutHome('/a/b', '/')).toBe('/a/b');
  });

  it('takes the characters of a home as they are', () => {
    expect(withoutHome('/a+(b)/x and /a+(b)/y', '/a+(b)')).toBe('x and y');
  });
});

describe('a home whose name is a word', () => {
  it.each([
    ['the home holds other data now', 'the home holds other data now'],
    ['data/runs/a is damaged', 'runs/a is damaged'],
    [`${resolve('data')} is full`, 'the home folder is full'],
  ])('turns %j into %j', (message, shown) => {
    expect(withoutHome(message, 'data')).toBe(shown);
  });
});

describe('commandWithoutHome', () => {
  it.each([
    [['train', '--home', '/srv/h', '--seed', '1'], 'train --seed 1'],
    [['train', '--seed', '1', '--home=/old/place'], 'train --seed 1'],
    [['train', '--store', 'postgres://me:***@db/shop', '--seed', '1'], 'train --seed 1'],
    [['train', '--store=postgres://db/shop', 'postgres://db/shop'], 'train the store'],
    [
      ['train', '--config', '/srv/h/tuned.json', '--home', '/old/place'],
      'train --config tuned.json',
    ],
    [['train'], 'train'],
  ])('leaves out the folder of %j', (words, shown) => {
    expect(commandWithoutHome(words, '/srv/h').join(' ')).toBe(shown);
  });
});
