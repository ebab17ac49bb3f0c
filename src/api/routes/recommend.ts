import type { RequestHandler } from 'express';
import { z } from 'zod';
import { ArgumentError, quote } from '../../errors.js';
import { sendProblem } from '../problem.js';
import type { RecommendationOptions, Recommendations } from '../recommendations.js';
import { recommendationLimits } from '../recommendations.js';

const { maxN, defaultN } = recommendationLimits;

const rules = {
  n: `an integer from 1 to ${maxN}`,
  excludeSeen: 'true or false',
  fallback: 'popularity or none',
} as const;

const querySchema = z.strictObject({
  n: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(maxN))
    .default(defaultN),
  excludeSeen: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .default(true),
  fallback: z.enum(['popularity', 'none']).default('popularity'),
});

/**
 * Reads the query of `GET /recommend/:userId`.
 *
 * @throws ArgumentError naming every parameter that is unknown, repeated or out of range, with its rule
 */
export function parseRecommendQuery(
  query: Readonly<Record<string, unknown>>,
): RecommendationOptions {
  const parsed = querySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = Object.entries(query).flatMap(([name, value]) => {
    if (!Object.hasOwn(rules, name)) {
      return `${quote(name)} is no parameter of this address; it has ${Object.keys(rules).join(', ')}`;
    }
    if (Array.isArray(value)) return `${name} is given ${value.length} times; give it once`;
    const wrong = parsed.error.issues.some((issue) => issue.path[0] === name);
    return wrong
      ? `${name} is ${quote(String(value))}; give ${rules[name as keyof typeof rules]}`
      : [];
  });
  throw new ArgumentError(problems.join('; '));
}

/** `GET /recommend/:userId`: what this user should see; 503 while no run is served. */
export function recommendRoute(
  recommendations: Recommendations | null,
): RequestHandler<{ userId: string }> {
  return async (request, response) => {
    const options = parseRecommendQuery(request.query);
    if (recommendations === null) {
      sendProblem(response, 503, 'no run is active; train one or activate one, and start again');
      return;
    }
    response.json(await recommendations.recommend(request.params.userId, options));
  };
}
