/** The page that explains the HTTP interface to people, made from the OpenAPI document. */

import { html, Markup } from '../../html.js';
import type { OpenApi, Operation, Parameter } from './openapi.js';
import { contentOf, exampleOf, type PlacedOperation, tryForm } from './route-example.js';

/** The whole page. It loads one script of the server, which makes its forms work; without it they are not shown. */
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
<script src="docs/try.js" defer></script>
</head>
<body>
<header>
<h1>multvae ${String(api.info.version)}</h1>
<p>The HTTP interface, from the same schemas that check requests. For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${api.openapi}).
Errors are <code>application/problem+json</code> with <code>status</code>, <code>detail</code> and <code>code</code>. Ids are texts; percent-encode them in addresses.
The examples are from the synthetic sample: <code>npm start</code>.</p>
<p data-try hidden>“Send” asks this server. Its ids of users, items and runs may be others: <code>GET /users</code>, <code>/items</code> and <code>/models</code> list them.
<label for="key">Key, if the server wants one <small>(kept until you leave the page)</small></label> <input id="key" type="password" autocomplete="off" spellcheck="false"></p>
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

function article(placed: PlacedOperation): Markup {
  const { path, method, operation } = placed;
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const { default: _, ...answers } = responses;
  const items = Object.entries(answers).map(
    ([status, response]) => html`<li><b>${status}</b> ${String(response.description)}</li>`,
  );
  return html`<article id="${operationId}">
<h3><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h3>
<p>${summary}. ${description}</p>
${parameterTable(`${method.toUpperCase()} ${path}`, [...parameters, ...fieldsOf(requestBody)])}
${optionalDetails('body', contentSchema(requestBody ?? {}))}<ul>${items}</ul>
${optionalDetails('answer', contentSchema(answers[200] ?? answers[201] ?? {}))}${exampleOf(placed)}${tryForm(placed)}</article>
`;
}

/** A row of a route's table. */
type TableRow = Omit<Parameter, 'in'> & { readonly in: string };

function parameterTable(of: string, parameters: readonly TableRow[]): Markup | null {
  if (parameters.length === 0) return null;
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      html`<tr><td><code>${name}</code></td><td>${place}${required ? ', required' : ''}</td><td>${valuesOf(schema)}</td><td>${description}</td></tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="Parameters of ${of}" tabindex="0"><table>
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
      : typesOf(schema);
  const range = minimum === undefined ? '' : `, ${minimum} to ${maximum}`;
  const usual = String(fallback ?? '');
  return `${kind}${range}${usual === '' ? '' : `; default ${usual}`}`;
}

/** Such as `string or null`; `any` where a schema leaves it open. */
function typesOf({ type, anyOf = [] }: Record<string, unknown>): string {
  const types =
    type === undefined ? (anyOf as Record<string, unknown>[]).map(typesOf) : [type].flat();
  return [...new Set(types)].join(' or ') || 'any';
}

function contentSchema(part: Record<string, unknown>): unknown {
  return contentOf(part)?.schema;
}

function optionalDetails(name: string, schema: unknown): Markup | null {
  return schema === undefined ? null : schemaDetails(name, schema);
}

function schemaDetails(name: string, schema: unknown): Markup {
  return html`<details><summary>${name}</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>
`;
}

const style = `
:root{color-scheme:light dark;--ink:#1c2330;--page:#fff;--soft:#f1f4f8;--line:#cfd6e0;--field:#6b7688;--accent:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9f1;--page:#12161d;--soft:#1c222c;--line:#3a4454;--field:#8793a6;--accent:#7fb8f5}}
body{margin:0 auto;max-width:60rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
a{color:var(--accent)}nav a{margin-right:1rem}
article{border-top:1px solid var(--line);padding:.5rem 0 1rem}
h3{font-size:1.05rem;margin:.5rem 0}.method{color:var(--accent);font-family:ui-monospace,monospace}
.scroll{overflow-x:auto}table{border-collapse:collapse}th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
pre{background:var(--soft);padding:.8rem;font-size:.85rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}summary{cursor:pointer}
h4{margin:.8rem 0 .2rem}form{border-left:3px solid var(--line);padding:.2rem 0 .2rem .8rem;margin-top:.8rem}[hidden]{display:none}
h1,h3,code{overflow-wrap:anywhere}label{display:block;margin-top:.4rem}small{color:inherit}
input,textarea,button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--field);border-radius:4px;padding:.35rem .5rem;box-sizing:border-box;max-width:100%}
input{width:100%}#key{width:24rem}.fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(13rem,100%),1fr));gap:0 1rem}textarea{width:100%;font:.85rem ui-monospace,monospace}
button{margin:.6rem 0 0;min-height:2.5rem;min-width:6rem;cursor:pointer;border-color:var(--accent)}
button.armed{background:var(--accent);color:var(--page)}button[aria-disabled=true]{opacity:.7;cursor:wait}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}[role=status]{margin:.4rem 0;font-weight:600;min-height:1.5em;overflow-wrap:anywhere}`;
