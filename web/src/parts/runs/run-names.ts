/** What runs are called where their ids would say little. */

import { listRuns } from '../../server/api.js';
import { useResource } from '../../server/resource.js';
import { runWords } from '../../text/days.js';

/** Gives the name of a run by its id: the one that people gave it, or its model and time. */
export function useRunNames(): (run: string) => string {
  const runs = useResource('runs', listRuns);
  const names = new Map(runs.value?.models.map(({ run, name }) => [run, name]));
  return (run) => names.get(run) ?? runWords(run);
}
