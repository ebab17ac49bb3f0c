/** Cuts the text of a filter into tokens. */

import { ArgumentError, quote } from '../../../errors.js';

/** The most characters of a filter. */
export const maxWhereLength = 2000;

/** A word, a text between quotes, a sign, or the end. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'end';
  /** A quoted text without its quotes. */
  readonly text: string;
  /** The place of its first character, from 1. */
  readonly at: number;
}

const pattern =
  /\s*(?:(<=|>=|!=|==|<>|[<>=(),])|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'<>=!(),]+)|(\S))/suy;

/**
 * The tokens of a filter, the end included.
 *
 * @throws ArgumentError naming the place, the sign and what to write
 */
export function tokensOf(text: string): Token[] {
  if (text.length > maxWhereLength) {
    throw new ArgumentError(`where has ${text.length} characters; give at most ${maxWhereLength}`);
  }
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, sign, double, single, word, other] = match;
    const at = match.index + whole.length - whole.trimStart().length + 1;
    if (other !== undefined) throw strange(other, at);
    const quoted = double ?? single;
    if (quoted !== undefined) {
      tokens.push({ kind: 'quoted', text: quoted.replace(/\\(.)/gsu, '$1'), at });
    } else if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else tokens.push({ kind: 'sign', text: canonical[sign!] ?? sign!, at });
  }
  tokens.push({ kind: 'end', text: '', at: text.trimEnd().length + 1 });
  return tokens;
}

/** Other spellings of signs. */
const canonical: Readonly<Record<string, string>> = { '==': '=', '<>': '!=' };

function strange(sign: string, at: number): ArgumentError {
  if (sign === '!') return whereError(at, '"!" stands alone; write != or not');
  return whereError(at, `the quote ${sign} is not closed; write ${sign} behind the text too`);
}

/** An error at a place of a filter. */
export function whereError(at: number, what: string): ArgumentError {
  return new ArgumentError(`where, character ${at}: ${what}`);
}

/** A token as a message shows it. */
export function shown({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : quote(text);
}
