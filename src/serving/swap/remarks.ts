/** What an operator should know of the model that a process serves. */

import type { ServedModels } from '../served-models.js';
import { type DataOrigin, otherDataRemark } from './other-data.js';

/** The sentences; none while the process serves the run that is named, and its data are those of the home. */
export async function servingRemarks(
  models: Pick<ServedModels, 'active' | 'lag'>,
  store: DataOrigin,
): Promise<string[]> {
  const served = models.active()?.run;
  const lag = models.lag();
  const otherData = served && (await otherDataRemark(served, store));
  return [
    ...(lag === null
      ? []
      : [`${active(lag.run)}, and this process serves ${served?.id ?? 'none'}: ${lag.problem}`]),
    ...(otherData == null ? [] : [otherData]),
  ];
}

function active(run: string | null): string {
  return run === null ? 'which run is active is not known' : `run ${run} is active`;
}
