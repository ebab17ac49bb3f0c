/** The settings of a list. */

import { describe, expect, it } from 'vitest';
import { isTuned, listOptions, longer, readTuning, tuningQuery, untuned } from './tuning.js';

const read = (words: string) => readTuning(new URLSearchParams(words));

describe('the settings of a list', () => {
  it('survive a round trip through the address', () => {
    const words =
      'n=30&genre=Drama&genre=Film-Noir&from=1950&to=1999&where=price%3C20&diversity=0.3&novelty=0.2&explore=0.7&seed=4&new=2';
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(tuningQuery(read(words)))) {
      for (const each of [value].flat()) if (each !== null) query.append(name, String(each));
    }
    expect(query.toString()).toBe(words);
  });

  it('leave defaults out of the address and the request', () => {
    const plain = read('');
    expect(Object.values(tuningQuery(plain)).flat().filter(Boolean)).toEqual([]);
    expect(listOptions(plain)).toEqual({ n: 10, explain: true, fields: '*' });
    expect(isTuned(plain)).toBe(false);
    expect(isTuned(longer(plain))).toBe(false);
    expect(isTuned(read('genre=Drama'))).toBe(true);
  });

  it('spread the useful part of the diversity over the slider', () => {
    const asked = [0.05, 0.3, 0.6, 1].map(
      (part) => listOptions(read(`diversity=${part}`)).diversity,
    );
    expect(asked).toEqual([0.14, 0.41, 0.63, 0.85]);
  });

  it('fall back to defaults where an address is invalid', () => {
    expect(
      read('n=-3&from=soon&to=10000&diversity=1.5&novelty=-1&explore=x&seed=-1&new=101'),
    ).toEqual(read(''));
    expect(read('n=100000').n).toBe(10);
  });

  it('make a list longer up to 200 items, and never shorter', () => {
    let tuning = read('');
    for (let page = 2; page <= 25; page++) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(tuningQuery(longer(tuning)))) {
        if (value !== null) query.set(name, String(value));
      }
      tuning = readTuning(query);
      expect(tuning.n).toBe(Math.min(200, page * 10));
    }
    expect(longer(read('n=195')).n).toBe(200);
    expect(longer(read('n=200'))).toEqual(read('n=200'));
  });

  it('can be reset without losing the length of the list', () => {
    expect(untuned(read('n=40&explore=0.5&genre=War'))).toEqual(read('n=40'));
  });
});
