/** Flags that hold a list. */

import { Command } from 'commander';
import { expect, it } from 'vitest';
import { cutoffsOption } from './arguments.js';

function cutoffs(text: string): unknown {
  const command = new Command().addOption(cutoffsOption());
  return command.parse(['--k', text], { from: 'user' }).opts().k;
}

it('takes cutoffs with empty parts, which name nothing', () => {
  expect(['20,50', '20,,50,', ' 20 , 50', ',20,50'].map(cutoffs)).toEqual(Array(4).fill([20, 50]));
});

it.each(['', ',', '0', '5,5', '5,x', '5 5', '-1'])('refuses the cutoffs %j', (text) => {
  expect(() => cutoffs(text)).toThrow(`--k is ${JSON.stringify(text)}; give one or more`);
});
