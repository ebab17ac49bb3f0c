/** Reads a filter: what it asks of an item's fields, as a tree. */

import { shown, type Token, tokensOf, whereError } from './tokens.js';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A filter, read. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }
  /** A field alone. */
  | { readonly kind: 'field'; readonly field: Token }
  | {
      readonly kind: 'compare';
      readonly field: Token;
      readonly sign: Comparison;
      readonly value: Token;
    }
  | { readonly kind: 'in'; readonly field: Token; readonly values: readonly Token[] };

/** How deep parentheses and `not` may be. */
export const maxWhereDepth = 50;

const comparisons: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];
const keywords: readonly string[] = ['and', 'or', 'not', 'in'];

/**
 * Reads a filter.
 *
 *   filter     = conjunct { "or" conjunct }
 *   conjunct   = term { "and" term }
 *   term       = "not" term | "(" filter ")" | test
 *   test       = field [ sign value | [ "not" ] "in" "(" value { "," value } ")" ]
 *   sign       = "=" | "!=" | "<" | "<=" | ">" | ">="
 *
 * A field or a value is a word, or a text between quotes.
 *
 * @throws ArgumentError naming the place, the token, and what to write
 */
export function readWhere(text: string): Expression {
  const reader = new Reader(tokensOf(text));
  return reader.whole();
}

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#filter();
    if (this.#token.kind !== 'end') {
      throw this.#unexpected('and, or, or the end', this.#afterValue());
    }
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #filter(): Expression {
    const parts = [this.#conjunct()];
    while (this.#take('or')) parts.push(this.#conjunct());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  #conjunct(): Expression {
    const parts = [this.#term()];
    while (this.#take('and')) parts.push(this.#term());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  #term(): Expression {
    const { at } = this.#token;
    if (this.#take('not')) return { kind: 'not', part: this.#deeper(at, () => this.#term()) };
    if (!this.#takeSign('(')) return this.#test();
    const part = this.#deeper(at, () => this.#filter());
    if (!this.#takeSign(')')) throw this.#unexpected(')', this.#afterValue());
    return part;
  }

  #deeper<T>(at: number, read: () => T): T {
    if (++this.#depth > maxWhereDepth) {
      throw whereError(at, `parentheses and not are more than ${maxWhereDepth} deep; write fewer`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  #test(): Expression {
    const field = this.#name();
    const sign = this.#token;
    if (sign.kind === 'sign' && comparisons.includes(sign.text)) {
      this.#next++;
      return { kind: 'compare', field, sign: sign.text as Comparison, value: this.#value() };
    }
    if (this.#take('in')) return { kind: 'in', field, values: this.#values() };
    const after = this.#tokens[this.#next + 1];
    if (isKeyword(sign, 'not') && after !== undefined && isKeyword(after, 'in')) {
      this.#next += 2;
      return { kind: 'not', part: { kind: 'in', field, values: this.#values() } };
    }
    return { kind: 'field', field };
  }

  #values(): Token[] {
    if (!this.#takeSign('(')) throw this.#unexpected('( and values with commas between them');
    const values = [this.#value()];
    while (this.#takeSign(',')) values.push(this.#value());
    if (!this.#takeSign(')')) throw this.#unexpected(', or )', this.#afterValue());
    return values;
  }

  #name(): Token {
    const token = this.#token;
    if (token.kind === 'quoted' || (token.kind === 'word' && !isKeyword(token))) {
      this.#next++;
      return token;
    }
    throw this.#unexpected('the name of a field, such as in price<20');
  }

  #value(): Token {
    const token = this.#token;
    if (token.kind === 'word' || token.kind === 'quoted') {
      this.#next++;
      return token;
    }
    throw this.#unexpected('a value; a text with signs goes between quotes');
  }

  #take(keyword: string): boolean {
    if (!isKeyword(this.#token, keyword)) return false;
    this.#next++;
    return true;
  }

  #takeSign(sign: string): boolean {
    const { kind, text } = this.#token;
    if (kind !== 'sign' || text !== sign) return false;
    this.#next++;
    return true;
  }

  /** Advice where a word follows a word: a value of two words. */
  #afterValue(): string {
    const before = this.#tokens[this.#next - 1];
    const isWord = this.#token.kind === 'word' && before?.kind === 'word';
    return isWord
      ? `. A text with blanks goes between quotes: "${before.text} ${this.#token.text}"`
      : '';
  }

  #unexpected(wanted: string, advice = ''): Error {
    return whereError(
      this.#token.at,
      `${shown(this.#token)} is not expected here; write ${wanted}${advice}`,
    );
  }
}

/** Whether a token is a keyword, in any case; one between quotes is not. */
function isKeyword({ kind, text }: Token, keyword?: string): boolean {
  const lower = text.toLowerCase();
  if (kind !== 'word') return false;
  return keyword === undefined ? keywords.includes(lower) : lower === keyword;
}
