/** What happened last: the last night, and whether the lists earn, each with the way to more. */

import { href } from '../../address.js';
import { listNights, liveFigures } from '../../server/live.js';
import { useResource } from '../../server/resource.js';
import { dayAndTime } from '../../text/days.js';
import { liveDays, liveSentence } from '../../text/live-story.js';
import { isUnfinished, nightSentence } from '../../text/night-story.js';
import { useRunNames } from '../runs/run-names.js';

/** The last night that is over in a sentence, and that another one is not; nothing where there was none. */
export function LastNight() {
  const nights = useResource('nights', listNights);
  const [newest] = nights.value ?? [];
  if (newest === undefined) return null;
  const night = nights.value?.find((each) => !isUnfinished(each)) ?? newest;
  return (
    <p>
      <b>Last night</b> <span class="note">({dayAndTime(night.startedAt)})</span>{' '}
      {nightSentence(night)}{' '}
      {night !== newest && `Another one began at ${dayAndTime(newest.startedAt)}. `}
      <a href={href(['live'])}>All nights</a>
    </p>
  );
}

/** The last night, and what became of the lists that were shown; nothing where nothing happened yet. */
export function Lately() {
  const live = useResource('live', (signal) => liveFigures(liveDays, signal));
  const nameOf = useRunNames();
  return (
    <div class="lately">
      <LastNight />
      {live.value && live.value.total.lists > 0 && (
        <p>
          <b>Do the lists earn?</b> {liveSentence(live.value, nameOf)}{' '}
          <a href={href(['live'])}>Day by day</a>
        </p>
      )}
    </div>
  );
}
