/** The route that names a run, or notes something on it. */

import { z } from 'zod';
import { nameRule, noteRule, type RunLabel } from '../../config/run-labels.js';
import type { RunCatalogue } from '../../serving/run-catalogue.js';
import { type Route, route } from '../route.js';
import { problems } from '../schemas/replies.js';

/** What people wrote on a run, as replies have it. */
export const runLabel = {
  name: z.string().nullable().describe('what people call the run; null for no name'),
  note: z.string().nullable().describe('what people noted on the run; null for no note'),
} satisfies Record<keyof RunLabel, z.ZodType>;

const part = z.string().nullable().optional();

export function runLabelRoutes(runs: Pick<RunCatalogue, 'label'>): Route[] {
  return [
    route({
      method: 'patch',
      path: '/models/:run',
      scope: 'write',
      summary: 'Give a run a name or a note for people; what the body leaves out stays',
      params: z.object({ run: z.string() }),
      body: z.strictObject({
        name: part.describe(`${nameRule}; null or an empty one takes it away`),
        note: part.describe(`${noteRule}; null or an empty one takes it away`),
      }),
      responses: {
        200: {
          description: 'it is stored',
          body: z.strictObject({ run: z.string().describe('the id'), ...runLabel }),
        },
        400: { description: 'the name or the note is wrong, or there is neither' },
        404: problems.unknownRun,
        503: problems.cannotWrite,
      },
      handle: async ({ params: { run }, body }) => ({
        body: { run, ...(await runs.label(run, body)) },
      }),
    }),
  ];
}
