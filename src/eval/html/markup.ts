/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What stands between the pieces of a template: text is escaped, markup and lists of it are not. */
type Piece = string | number | Markup | readonly Markup[] | null;

/** A template whose values cannot break out of it: `html\`<b>${title}</b>\``. */
export function html(pieces: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(pieces.reduce((text, piece, at) => `${text}${shown(values[at - 1]!)}${piece}`));
}

function shown(value: Piece): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (character) => entities[character]!);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A table that scrolls by itself where it is wider than the page; the first cell of a row is its head. */
export function dataTable(
  caption: string,
  head: readonly (string | Markup)[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([
    first,
    ...cells
  ]) => html`<tr><th scope="row">${first!}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody>
</table></div>
`;
}

/** A part of the page with an address. */
export function section(id: string, title: string, ...content: readonly Markup[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}
