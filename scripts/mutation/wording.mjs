/**
 * A Stryker plugin that leaves wording alone.
 *
 * A text with two ordinary words is a sentence for a reader. A test of its every word would only be a copy of it, so
 * an emptied sentence is no fault that tests should find. Keys, names, SQL, formats and patterns stay mutated.
 */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const sentence = /\p{Ll}[\p{Ll}’,;:-]*\s+\p{Ll}{2,}/u;
const query = /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|WITH|BEGIN|ATTACH)\b/;

/** Whether a text is meant to be read by a person. */
export function isWording(text) {
  return sentence.test(text) && !query.test(text);
}

function textOf(node) {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis.map((part) => part.value.raw).join('…');
  return '';
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'wording', {
    shouldIgnore: ({ node }) => (isWording(textOf(node)) ? 'a sentence for a reader' : undefined),
  }),
];
