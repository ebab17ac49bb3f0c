/** A template tag for HTML whose values cannot break out of it; reports and served pages use it. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template: text is escaped, markup and lists of markup are not; null is nothing. */
type Piece = string | number | Markup | readonly Markup[] | null;

/** Escapes the values of a template and leaves its own text as it is: `html\`<b>${title}</b>\``. */
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
