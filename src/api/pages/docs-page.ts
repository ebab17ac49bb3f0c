/** The page that explains the HTTP interface to people, made from the OpenAPI document. */

import { html, Markup } from '../../html.js';
import type { OpenApi, Operation, Parameter } from './openapi.js';

/** The whole page; it loads nothing. */
export function docsPage(api: OpenApi): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = api.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return html`<section><h2 id="${name}">${name}</h2>
${own.map(article)}</section>
`;
  });
  const shapes = Object.entries(api.components.schemas);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>multvae: the HTTP interface</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>multvae ${String(api.info.version)}</h1>
<p>The HTTP interface, from the same schemas that check requests. For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${api.openapi}).
Errors are <code>application/problem+json</code> with <code>status</code>, <code>detail</code> and <code>code</code>. Ids are texts; percent-encode them in addresses.</p>
<nav aria-label="Addresses">${api.tags.map(({ name }) => html`<a href="#${name}">${name}</a> `)}</nav>
</header>
<main>
${sections}<section><h2 id="shapes">shapes</h2>
${shapes.map(([name, schema]) => schemaDetails(name, schema))}</section>
</main>
</body>
</html>
`;
  return page.text;
}

interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function article({ path, method, operation }: PlacedOperation): Markup {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const { default: _, ...answers } = responses;
  const items = Object.entries(answers).map(
    ([status, response]) => html`<li><b>${status}</b> ${String(response.description)}</li>`,
  );
  return html`<article id="${operationId}">
<h3><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h3>
<p>${summary}. ${description}</p>
${parameterTable([...parameters, ...fieldsOf(requestBody)])}
${optionalDetails('body', contentSchema(requestBody ?? {}))}<ul>${items}</ul>
${optionalDetails('answer', contentSchema(answers[200] ?? answers[201] ?? {}))}</article>
`;
}

/** A row of a route's table. */
type TableRow = Omit<Parameter, 'in'> & { readonly in: string };

function parameterTable(parameters: readonly TableRow[]): Markup | null {
  if (parameters.length === 0) return null;
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      html`<tr><td><code>${name}</code></td><td>${place}${required ? ', required' : ''}</td><td>${valuesOf(schema)}</td><td>${description}</td></tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="Parameters" tabindex="0"><table>
<thead><tr><th>parameter</th><th>where</th><th>values</th><th>meaning</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** The fields of a body that is an object. */
function fieldsOf(requestBody: Operation['requestBody']): TableRow[] {
  const { properties = {}, required = [] } = (contentSchema(requestBody ?? {}) ?? {}) as {
    properties?: Record<string, Record<string, unknown>>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'body',
    required: required.includes(name),
    schema,
    ...(typeof description === 'string' && { description }),
  }));
}

/** Such as `integer, 1 to 1000; default 10`. */
function valuesOf(schema: Record<string, unknown>): string {
  const { type, minimum, maximum, enum: words, default: fallback } = schema;
  const kind = Array.isArray(words)
    ? words.join(' or ')
    : type === 'array'
      ? 'texts'
      : String(type);
  const range = minimum === undefined ? '' : `, ${minimum} to ${maximum}`;
  return `${kind}${range}${fallback === undefined || fallback === '' ? '' : `; default ${fallback}`}`;
}

function contentSchema(part: Record<string, unknown>): unknown {
  const content = Object.values((part.content ?? {}) as Record<string, { schema: unknown }>)[0];
  return content?.schema;
}

function optionalDetails(name: string, schema: unknown): Markup | null {
  return schema === undefined ? null : schemaDetails(name, schema);
}

function schemaDetails(name: string, schema: unknown): Markup {
  return html`<details><summary>${name}</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>
`;
}

const style = `
:root{color-scheme:light dark;--ink:#1c2330;--page:#fff;--soft:#f1f4f8;--line:#cfd6e0;--accent:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9f1;--page:#12161d;--soft:#1c222c;--line:#3a4454;--accent:#7fb8f5}}
body{margin:0 auto;max-width:60rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
a{color:var(--accent)}nav a{margin-right:1rem}
article{border-top:1px solid var(--line);padding:.5rem 0 1rem}
h3{font-size:1.05rem;margin:.5rem 0}.method{color:var(--accent);font-family:ui-monospace,monospace}
.scroll{overflow-x:auto}table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
pre{background:var(--soft);padding:.8rem;overflow-x:auto;font-size:.85rem}summary{cursor:pointer}`;
