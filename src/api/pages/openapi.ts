/** The OpenAPI 3.1 document of the routes. */

import { z } from 'zod';
import { packageVersion } from '../../version.js';
import { lineTypes } from '../request-body.js';
import type { Route, RouteResponse, Scope } from '../route.js';
import { problemReply } from '../schemas/replies.js';
import { type Example, examples } from './examples.js';

type Json = Record<string, unknown>;

/** The parts of an OpenAPI document that this package reads. */
export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly tags: readonly { name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
}

/** One route in the document. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly 'x-scope': Scope;
  readonly security: readonly Json[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}

/** A parameter of the path or the query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
  /** As it stands in an address, not encoded. */
  readonly example?: string;
}

/** Documents routes from the schemas that check their requests and type their handlers. */
export function openApi(routes: readonly Route[]): OpenApi {
  const schemas: Json = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'multvae',
      version: packageVersion,
      description: 'Recommendations from variational autoencoders.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

const scopes = {
  public: 'Needs no key.',
  read: 'Needs a key that may read, if keys are set.',
  write: 'Needs a key that may write, if keys are set.',
} as const;

function operation(route: Route, schemas: Json): Operation {
  const { params, query, body, scope } = route;
  const example = examples[`${route.method} ${route.path}`] ?? {};
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary: route.summary,
    description: scopes[scope],
    'x-scope': scope,
    security: scope === 'public' ? [] : [{ key: [] }],
    parameters: [
      ...(params === undefined ? [] : parametersOf('path', params, schemas, example.params)),
      ...(query === undefined ? [] : parametersOf('query', query, schemas, example.query)),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: jsonSchema(body, 'input', schemas),
            ...('body' in example && { example: example.body }),
          },
          ...(route.takesLines && { [lineTypes[0]]: { schema: { type: 'string' } } }),
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, response]) => [
          status,
          responseOf(Number(status), response, schemas, example),
        ]),
      ),
      default: responseOf(500, { description: 'any other error' }, schemas),
    },
  };
}

/** Such as `getRecommendUserId`. */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z]+/).filter(Boolean);
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

const tagOf = ({ path }: Route) => path.split(/[/.]/)[1]!;

function parametersOf(
  place: 'path' | 'query',
  { shape }: z.ZodObject,
  schemas: Json,
  example: Readonly<Record<string, string>> = {},
): Parameter[] {
  return Object.entries(shape).map(([name, parameter]) => {
    const { description, ...schema } = jsonSchema(parameter as z.ZodType, 'output', schemas);
    return {
      name,
      in: place,
      required: place === 'path' || !(parameter as z.ZodType).safeParse(undefined).success,
      ...(typeof description === 'string' && { description }),
      schema,
      ...(Object.hasOwn(example, name) && { example: example[name]! }),
    };
  });
}

function responseOf(
  status: number,
  response: RouteResponse,
  schemas: Json,
  { status: exampleStatus = 200, answer }: Example = {},
): Json {
  const { description, body, type } = response;
  const example = status === exampleStatus && answer !== undefined ? { example: answer } : {};
  const content =
    status >= 400
      ? { 'application/problem+json': { schema: jsonSchema(problemReply, 'output', schemas) } }
      : body !== undefined
        ? { 'application/json': { schema: jsonSchema(body, 'output', schemas), ...example } }
        : type !== undefined
          ? { [type.split(';')[0]!]: { schema: { type: 'string' }, ...example } }
          : undefined;
  return { description, ...(content && { content }) };
}

/** A zod schema as JSON Schema; schemas with an `id` go into the components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, target: 'draft-2020-12' }));
  const { $schema, $defs, ...own } = JSON.parse(
    text.replaceAll('"#/$defs/', '"#/components/schemas/'),
  );
  Object.assign(schemas, $defs);
  return own;
}
