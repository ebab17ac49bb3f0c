/** Colours, dashes and symbols of models in a report. */
import { html, type Markup } from '../../html.js';

/** The look of a model or a genre in every plot: a colour of both colour schemes, a dash, a symbol. */
export interface Ink {
  readonly color: string;
  /** SVG stroke-dasharray. */
  readonly dash: string;
  readonly symbol: (typeof symbols)[number];
}

/** Each colour for the light and the dark scheme. The contrast to the page is at least 4.5 : 1 (WCAG AA for text). */
export const colors: readonly (readonly [light: string, dark: string])[] = [
  ['#1d5fc2', '#7db4ff'],
  ['#b8430b', '#ff9f62'],
  ['#04734f', '#52d3a4'],
  ['#7a35d6', '#c7a8ff'],
  ['#8a5a00', '#e5c352'],
  ['#b3195b', '#ff8fc4'],
  ['#0b6b80', '#64d4ea'],
  ['#6b5b4d', '#cbbcab'],
];

const dashes = ['', '7 3', '2 3', '8 3 2 3'];
/** Names of Observable Plot. */
const symbols = [
  'circle',
  'triangle',
  'square',
  'diamond',
  'star',
  'cross',
  'wye',
  'circle',
] as const;

/** The look of the n-th model. When the colours are used up, they repeat with other dashes. */
export function ink(n: number): Ink {
  const color = n % colors.length;
  return {
    color: `var(--ink-${color})`,
    dash: dashes[(color + Math.floor(n / colors.length)) % dashes.length]!,
    symbol: symbols[color]!,
  };
}

/** A letter for a model, where there is no room for its name. */
export function modelMark(m: number): string {
  return m < 26 ? String.fromCharCode(65 + m) : String(m + 1);
}

/** The legend of a plot: the line and the name of each model. */
export function modelLegend(labels: readonly string[]): Markup {
  return html`<ul class="legend">${labels.map((label, n) => {
    const { color, dash } = ink(n);
    return html`<li><svg width="34" height="10" aria-hidden="true"><line x1="1" x2="33" y1="5" y2="5" style="stroke:${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${modelMark(n)} ${label}</li>`;
  })}</ul>
`;
}
