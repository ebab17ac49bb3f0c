/** Draws plots as SVG. */
import { plot as draw, type Markish, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html, Markup } from '../../html.js';

/** Any document will do: Plot makes elements with it and reads nothing else. */
const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * A plot as SVG that needs no script.
 *
 * @param description - what a reader who cannot see it should know; the numbers themselves stand in tables
 * @param options - Observable Plot's
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
    // Plot's own style sheet: the page has these rules once.
    .replace(/<style>[\s\S]*?<\/style>/, '')
    // A name on a group of shapes means nothing to a screen reader inside an image that has one.
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
