/** A route's example on the page `/docs`: as a command with its answer, and as a form that sends it. */

import { html, type Markup } from '../../html.js';
import type { Operation, Parameter } from './openapi.js';

/** A route of the document. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** What a request or an answer holds, of its first content type. */
export interface Content {
  readonly schema: unknown;
  readonly example?: unknown;
}

/** @returns undefined for a request or an answer without a body */
export function contentOf(part: Readonly<Record<string, unknown>>): Content | undefined {
  return Object.values((part.content ?? {}) as Record<string, Content>)[0];
}

/** The command that asks, and the answer. */
export function exampleOf(placed: PlacedOperation): Markup {
  const { path, method, operation } = placed;
  const { parameters, requestBody, responses } = operation;
  const body = contentOf(requestBody ?? {})?.example;
  const verb = method === 'get' ? '' : ` -X ${method.toUpperCase()}`;
  const json =
    body === undefined
      ? ''
      : ` -H 'Content-Type: application/json' -d ${shellWord(JSON.stringify(body))}`;
  const answers = Object.entries(responses).map(([status, answer]) => ({
    status,
    answer: contentOf(answer)?.example,
  }));
  const known = answers.find(({ answer }) => answer !== undefined);
  const { status, answer } = known ?? answers[0]!;
  return html`<h4>Example</h4>
<pre>curl${verb} '<span class="origin">http://127.0.0.1:3000</span>${shellText(addressOf(path, parameters))}'${json}</pre>
${answer === undefined ? html`<p>${status}, no body</p>` : html`<pre>${shown(answer)}</pre>`}
`;
}

/** The form, hidden until the page's script has prepared it. */
export function tryForm({ path, method, operation }: PlacedOperation): Markup {
  const { operationId, parameters, requestBody } = operation;
  const verb = method.toUpperCase();
  const writes = operation['x-scope'] === 'write' ? html` data-writes` : null;
  const content = contentOf(requestBody ?? {});
  const body = isCounted(content?.schema)
    ? { ...(content!.example as object), shown: false }
    : content?.example;
  const rows = body === undefined ? 0 : shown(body).split('\n').length;
  const bodyField =
    requestBody === undefined
      ? null
      : html`<label for="${operationId}-body">body</label>
<textarea id="${operationId}-body" name="body" rows="${rows}" spellcheck="false">${shown(body)}</textarea>`;
  return html`<form data-try hidden data-method="${verb}" data-path="${path}"${writes} aria-label="Try ${verb} ${path}">
<div class="fields">${parameters.map((parameter) => field(operationId, parameter))}</div>${bodyField}
<div><button>Send</button></div>
<p role="status"></p>
<pre hidden></pre>
</form>
`;
}

/** Whether a body may say that its list is not shown: nobody is shown the list of a trial, so it must not be counted. */
function isCounted(schema: unknown): boolean {
  return Object.hasOwn((schema as { properties?: object } | undefined)?.properties ?? {}, 'shown');
}

function field(
  operationId: string,
  { name, in: place, required, example = '' }: Parameter,
): Markup {
  const id = `${operationId}-${name}`;
  // A browser takes dots for a way through the address.
  const rule =
    place === 'path' ? html` pattern="(?!\\.\\.?$).*" title="a text, and neither . nor .."` : null;
  const must = required ? html` required` : null;
  return html`<div><label for="${id}">${name}</label>
<input id="${id}" name="${name}" data-in="${place}" value="${name === 'shown' ? 'false' : example}" autocomplete="off" spellcheck="false"${must}${rule}></div>
`;
}

function addressOf(path: string, parameters: readonly Parameter[]): string {
  const values = (place: 'path' | 'query') =>
    parameters.filter((parameter) => parameter.in === place && parameter.example !== undefined);
  const filled = values('path').reduce(
    (text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(example!)),
    path,
  );
  const query = new URLSearchParams(
    values('query').map(({ name, example }): [string, string] => [name, example!]),
  ).toString();
  return query === '' ? filled : `${filled}?${query}`;
}

const shown = (value: unknown) =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2);

/** A text within single quotes of a shell. */
const shellText = (text: string) => text.replaceAll("'", "'\\''");
const shellWord = (text: string) => `'${shellText(text)}'`;
