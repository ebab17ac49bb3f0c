/** Misspelt environment variables. */

import { expect, it } from 'vitest';
import { remarkUnknownVariables } from './environment.js';

function remarks(env: NodeJS.ProcessEnv): string[] {
  const texts: string[] = [];
  remarkUnknownVariables(env, (text) => texts.push(text));
  return texts;
}

it('remarks on a variable that nothing reads', () => {
  const env = {
    MULTVAE_API_KEY: 'a:read:b',
    MULTVAE_HOME: 'x',
    MULTVAE_THREADS: '4',
    PATH: '/bin',
  };
  expect(remarks(env)).toEqual([
    'MULTVAE_API_KEY is no variable of multvae and changes nothing; it has MULTVAE_HOME, MULTVAE_STORE, MULTVAE_API_KEYS, MULTVAE_REDIS, MULTVAE_ISA',
    expect.stringMatching(/^MULTVAE_THREADS is no variable/),
  ]);
  expect(remarks({ ...env, NODE_UNIQUE_ID: '1' })).toEqual([]);
});

it('is silent on its own variables and on those of Kubernetes', () => {
  const names = [
    'HOME',
    'STORE',
    'API_KEYS',
    'REDIS',
    'ISA',
    'DATASETS',
    'SERVICE_HOST',
    'PORT',
    'PORT_3000_TCP',
  ];
  expect(remarks(Object.fromEntries(names.map((name) => [`MULTVAE_${name}`, 'x'])))).toEqual([]);
});
