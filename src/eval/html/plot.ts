/** Draws plots as SVG. */
import { plot as draw, type Markish, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html, Markup } from '../../html.js';

/** Plot needs a document only to make elements. */
const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * Draws a plot as SVG without scripts.
 *
 * @param description - for readers who cannot see the plot; tables have the numbers
 * @param options - of Observable Plot
 */
export function plot(
  description: string,
  options: Omit<PlotOptions, 'document'> & { readonly marks: Markish[] },
): Markup {
  const element = draw({
    marginTop: 24,
    style: { overflow: 'visible' },
    ...options,
    document: document as unknown as NonNullable<PlotOptions['document']>,
  }) as unknown as { readonly outerHTML: string };
  const svg = element.outerHTML
    // The page has the rules of Plot's style sheet once.
    .replace(/<style>[\s\S]*?<\/style>/, '')
    // The image has a label, so labels of groups inside it are useless to a screen reader.
    .replace(/(<g\b[^>]*?) aria-label="[^"]*"/g, '$1')
    .replace('<svg ', `<svg role="img" aria-label="${html`${description}`.text}" `)
    .replace(/<[^>]+>/g, (tag) => tag.replace(/-?\d+\.\d{3,}/g, (n) => String(+(+n).toFixed(2))));
  return new Markup(svg);
}

/** The text of every chart but the map. */
export const fontSize = '12px';

/** A plot with its title above it. */
export function figure(title: string, content: Markup, kind = ''): Markup {
  return html`<figure class="${kind}"><figcaption>${title}</figcaption>${content}</figure>
`;
}
