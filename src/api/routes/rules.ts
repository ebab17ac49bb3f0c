/** Routes about the shop's rules: what is pinned, boosted, buried, hidden or limited. */

import { z } from 'zod';
import { ruleChanges, ruleFields, ruleKinds } from '../../serving/rules/rule.js';
import type { RuleBook } from '../../serving/rules/rule-book.js';
import type { KeptRule, RuleKeeper } from '../../serving/rules/rule-keeper.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';

const params = z.object({ id: z.string() });

const ruleReply = z
  .strictObject({
    id: z.string(),
    kind: z.enum(ruleKinds),
    name: z.string().optional(),
    items: z.array(z.string()).optional(),
    genre: z.array(z.string()).optional(),
    minYear: z.int().optional(),
    maxYear: z.int().optional(),
    where: z.string().optional(),
    place: z.int().optional(),
    by: z.number().optional(),
    atMost: z.int().optional(),
    each: z.string().optional(),
    beginsAt: z.string().optional().describe('ISO 8601, UTC'),
    endsAt: z.string().optional(),
    inForce: z.boolean().describe('whether it holds now'),
  })
  .meta({ id: 'Rule', description: 'a field that it does not have is absent' });

const changed = { description: 'it is on disk, and holds from the next answer on' };
const unknownRule = { description: 'there is no such rule' };
const wrong = { description: 'a field is missing or wrong' };
const retry = {
  description:
    'another process writes, or the database cannot be written; Retry-After says when to try again',
};

/** @param keeper - undefined where rules cannot be changed */
export function ruleRoutes(book: RuleBook, keeper: RuleKeeper | undefined): Route[] {
  return [
    route({
      method: 'get',
      path: '/rules',
      scope: 'read',
      summary: 'The shop’s rules, oldest first',
      query: z.strictObject({}),
      responses: {
        200: {
          description: 'all of them, whether they hold now or not',
          body: z.strictObject({ rules: z.array(ruleReply) }),
        },
      },
      handle: async () => ({ body: { rules: (await book.current()).list() } }),
    }),
    ...(keeper === undefined ? [] : [creatingRoute(keeper)]),
    route({
      method: 'get',
      path: '/rules/:id',
      scope: 'read',
      summary: 'One rule',
      params,
      query: z.strictObject({}),
      responses: { 200: { description: 'the rule', body: ruleReply }, 404: unknownRule },
      handle: async ({ params: { id } }) => {
        const rules = (await book.current()).list();
        return { body: known(rules.find((rule) => rule.id === id) ?? null, id) };
      },
    }),
    ...(keeper === undefined ? [] : changingRoutes(keeper)),
  ];
}

function creatingRoute(keeper: RuleKeeper): Route {
  return route({
    method: 'post',
    path: '/rules',
    scope: 'write',
    summary: 'Create a rule',
    body: ruleFields,
    responses: { 201: { ...changed, body: ruleReply }, 400: wrong, 503: retry },
    handle: async ({ body }) => {
      const rule = await keeper.create(body);
      return { status: 201, body: rule, headers: { Location: `rules/${rule.id}` } };
    },
  });
}

function changingRoutes(keeper: RuleKeeper): Route[] {
  return [
    route({
      method: 'put',
      path: '/rules/:id',
      scope: 'write',
      summary: 'Write a rule anew',
      params,
      body: ruleFields,
      responses: { 200: { ...changed, body: ruleReply }, 400: wrong, 404: unknownRule, 503: retry },
      handle: async ({ params: { id }, body }) => ({
        body: known(await keeper.replace(id, body), id),
      }),
    }),
    route({
      method: 'patch',
      path: '/rules/:id',
      scope: 'write',
      summary: 'Change some fields of a rule; null takes a field away',
      params,
      body: ruleChanges,
      responses: { 200: { ...changed, body: ruleReply }, 400: wrong, 404: unknownRule, 503: retry },
      handle: async ({ params: { id }, body }) => ({
        body: known(await keeper.change(id, body), id),
      }),
    }),
    route({
      method: 'delete',
      path: '/rules/:id',
      scope: 'write',
      summary: 'Delete a rule',
      params,
      responses: {
        204: { description: 'it is deleted from disk' },
        404: unknownRule,
        503: retry,
      },
      handle: async ({ params: { id } }) => {
        if (!(await keeper.delete(id))) throw noRule(id);
        return { status: 204 };
      },
    }),
  ];
}

/** @throws ProblemError where there is no such rule */
function known(rule: KeptRule | null, id: string): KeptRule {
  if (rule === null) throw noRule(id);
  return rule;
}

function noRule(id: string): ProblemError {
  return new ProblemError(404, `there is no rule ${JSON.stringify(id)}; GET /rules lists them`, {
    code: 'E_UNKNOWN_RULE',
  });
}
