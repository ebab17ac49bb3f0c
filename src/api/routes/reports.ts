/** Routes about the report of a run: the page, making it, and how that stands. */

import { z } from 'zod';
import type { ReportMaker } from '../../home/reports/report-maker.js';
import { withoutHome } from '../../serving/home-paths.js';
import type { RunCatalogue } from '../../serving/run-catalogue.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';
import { problems } from '../schemas/replies.js';

const params = z.object({ run: z.string() });

const state = z
  .strictObject({
    run: z.string().describe('the id'),
    state: z
      .enum(['none', 'making', 'made', 'failed'])
      .describe('none: there is no page, and none is being made'),
    hasPage: z.boolean().describe('whether there is a page to read, perhaps an older one'),
    since: z.string().nullable().describe('ISO 8601; null while it is not being made'),
    text: z.string().nullable().describe('what is being done, or why it failed'),
  })
  .meta({ id: 'ReportState' });

/** The report holds its own style, and runs no script. */
const reportHeaders = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
};

/**
 * @param maker - undefined: no report is made here, and the routes about that are missing
 * @param home - the folder, which no answer names
 */
export function reportRoutes(
  runs: RunCatalogue,
  maker: Pick<ReportMaker, 'state' | 'start'> | undefined,
  home: string,
): Route[] {
  const page = route({
    method: 'get',
    path: '/models/:run/report',
    scope: 'read',
    summary: 'The report of a run, from `multvae report` or `POST /models/:run/report`',
    params,
    query: z.strictObject({}),
    responses: {
      200: { description: 'the page', type: 'text/html' },
      404: { description: 'no such run, or no page of it yet' },
      409: problems.unusableRun,
    },
    handle: async ({ params }) => {
      const page = await runs.page(params.run);
      if (page === null) {
        throw new ProblemError(
          404,
          `there is no report of ${params.run} yet; \`multvae report ${params.run} -o report.html\` makes one`,
          { code: 'E_NO_REPORT' },
        );
      }
      return { body: page, type: 'text/html; charset=utf-8', headers: reportHeaders };
    },
  });
  if (maker === undefined) return [page];
  const told = ({ text, ...told }: Awaited<ReturnType<ReportMaker['state']>>) => ({
    ...told,
    text: text === null ? null : withoutHome(text, home),
  });
  return [
    page,
    route({
      method: 'get',
      path: '/models/:run/report/state',
      scope: 'read',
      summary: 'Whether there is a report of a run, or one is being made',
      params,
      query: z.strictObject({}),
      responses: {
        200: { description: 'how it stands', body: state },
        404: problems.unknownRun,
        409: problems.unusableRun,
      },
      handle: async ({ params }) => {
        await runs.require(params.run);
        return { body: told(await maker.state(params.run)) };
      },
    }),
    route({
      method: 'post',
      path: '/models/:run/report',
      scope: 'write',
      summary: 'Make the report of a run beside the server, as `multvae report` does',
      params,
      responses: {
        202: { description: 'it is being made, now or already', body: state },
        404: problems.unknownRun,
        409: { description: 'the run cannot be used, or the report of another is being made' },
      },
      handle: async ({ params }) => {
        await runs.require(params.run);
        return { status: 202, body: told(await maker.start(params.run)) };
      },
    }),
  ];
}
