/** The hashes of users, which runs store: they stay the same for ever. */
import { expect, it } from 'vitest';
import { usersNotTrainedOn } from './untrained-users.js';
import { userDraw, userHash } from './user-hash.js';

it('are the first 64 bits of a SHA-256, and draws their upper 53', () => {
  expect(userHash('p', 'u')).toBe(13827872982766572226n);
  expect(userDraw('p', 'u')).toBe(0.7496104964384565);
  expect(userHash('q', 'u')).not.toBe(userHash('p', 'u'));
});

it('draws below 1 alone', () => {
  const draws = Array.from({ length: 1000 }, (_, k) => userDraw('p', `u${k}`));
  expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
  expect(draws.filter((draw) => draw < 0.5).length).toBeGreaterThan(400);
});

it('knows whom a run was not trained on', () => {
  const set = (users: string[], newUsers?: string[]) => ({ users, newUsers }) as never;
  const split = { validation: set(['a', 'b'], ['x']), test: set(['b', 'c']) };
  expect([...usersNotTrainedOn({ protocol: {} as never, split })]).toEqual(['a', 'b', 'c']);
  const clicks = { heldOutClicks: {} } as never;
  expect([...usersNotTrainedOn({ protocol: clicks, split })]).toEqual(['x']);
  const turned = { validation: set(['a']), test: set(['b'], ['y']) };
  expect([...usersNotTrainedOn({ protocol: clicks, split: turned })]).toEqual(['y']);
});
