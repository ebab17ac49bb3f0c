/** Turns a filter into a test of one item. */

import { dateOf, type Field, type FieldType, type FieldValue } from '../../../data/items/fields.js';
import type { StoredItem } from '../../../data/store/catalogue.js';
import { quote } from '../../../errors.js';
import { type Comparison, type Expression, readWhere } from './expression.js';
import { type Token, whereError } from './tokens.js';

/** Whether an item fits. */
export type ItemTest = (item: StoredItem) => boolean;

/** Where a value is read from, and of which type it is. */
interface Source {
  readonly name: string;
  readonly type: FieldType;
  /** Undefined for an item without a value. */
  readonly read: (item: StoredItem) => FieldValue | undefined;
}

const genres = (item: StoredItem) => item.entry.genres;

/** What every item has. A field of the same name is hidden by it. */
const builtIn: Readonly<Record<string, Omit<Source, 'name'>>> = {
  id: { type: 'text', read: ({ entry }) => entry.itemId },
  title: { type: 'text', read: ({ entry }) => entry.title ?? undefined },
  genre: { type: 'list', read: genres },
  genres: { type: 'list', read: genres },
  category: { type: 'list', read: genres },
  categories: { type: 'list', read: genres },
  year: { type: 'number', read: ({ entry }) => entry.year ?? undefined },
  available: { type: 'boolean', read: ({ available }) => available },
};

const inWords: Readonly<Record<FieldType, string>> = {
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  date: 'a date',
  list: 'a list',
};

/**
 * The test that a filter makes. A test of a value that an item does not have fails, so `!=` and `not` fit such an item.
 *
 * @param fields - those that items have
 * @throws ArgumentError naming the place, the token, the rule and what to write
 */
export function whereTest(text: string, fields: readonly Field[]): ItemTest {
  return testOf(readWhere(text), fields);
}

function testOf(expression: Expression, fields: readonly Field[]): ItemTest {
  switch (expression.kind) {
    case 'and': {
      const tests = expression.parts.map((part) => testOf(part, fields));
      return (item) => tests.every((test) => test(item));
    }
    case 'or': {
      const tests = expression.parts.map((part) => testOf(part, fields));
      return (item) => tests.some((test) => test(item));
    }
    case 'not': {
      const test = testOf(expression.part, fields);
      return (item) => !test(item);
    }
    case 'field':
      return presence(sourceOf(expression.field, fields));
    case 'compare': {
      const source = sourceOf(expression.field, fields);
      const { sign, value } = expression;
      if (sign !== '!=') return comparison(source, sign, value);
      const equal = comparison(source, '=', value);
      return (item) => !equal(item);
    }
    default: {
      const source = sourceOf(expression.field, fields);
      const tests = expression.values.map((value) => comparison(source, '=', value));
      return (item) => tests.some((test) => test(item));
    }
  }
}

function sourceOf({ text, at }: Token, fields: readonly Field[]): Source {
  if (Object.hasOwn(builtIn, text)) return { name: text, ...builtIn[text]! };
  const field = fields.find(({ name }) => name === text);
  if (field === undefined) {
    const own = fields.map(({ name }) => name).join(', ');
    const known = `${own === '' ? '' : `${own}, `}id, title, genre, year, available`;
    throw whereError(at, `${quote(text)} is no field of the items; give one of these: ${known}`);
  }
  const read = (item: StoredItem) =>
    Object.hasOwn(item.fields, text) ? item.fields[text] : undefined;
  return { ...field, read };
}

/** A field alone: true, a number but 0, a list with entries, or any text or date. */
function presence({ read }: Source): ItemTest {
  return (item) => {
    const value = read(item);
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  };
}

function comparison(source: Source, sign: Exclude<Comparison, '!='>, value: Token): ItemTest {
  const { name, type, read } = source;
  if (type === 'number') {
    const bound = numberOf(source, value);
    return (item) => {
      const own = read(item);
      return typeof own === 'number' && compares(own - bound, sign);
    };
  }
  if (type === 'date') return dateTest(source, sign, value);
  if (sign !== '=') {
    const use = type === 'boolean' ? `${name} or not ${name}` : '=, != or in';
    throw whereError(
      value.at,
      `${sign} compares numbers and dates, and ${name} is ${inWords[type]}; write ${use}`,
    );
  }
  if (type === 'boolean') {
    const wanted = booleanOf(source, value);
    return (item) => read(item) === wanted;
  }
  const wanted = value.text;
  return (item) => {
    const own = read(item);
    if (Array.isArray(own)) return own.some((entry) => String(entry) === wanted);
    return own !== undefined && String(own) === wanted;
  };
}

function compares(difference: number, sign: Exclude<Comparison, '!='>): boolean {
  if (sign === '=') return difference === 0;
  if (sign === '<') return difference < 0;
  if (sign === '<=') return difference <= 0;
  return sign === '>' ? difference > 0 : difference >= 0;
}

const dayMs = 86_400_000;

/** A date without a time of day means the whole day. */
function dateTest({ name, read }: Source, sign: Exclude<Comparison, '!='>, value: Token): ItemTest {
  const first = dateOf(value.text);
  if (Number.isNaN(first)) {
    throw whereError(
      value.at,
      `${name} is a date, and ${quote(value.text)} is none; write one such as 2026-01-31`,
    );
  }
  const length = value.text.includes(':') ? 0 : dayMs;
  return (item) => {
    const own = read(item);
    if (typeof own !== 'string') return false;
    const time = dateOf(own);
    const isSame = length === 0 ? time === first : time >= first && time < first + length;
    if (sign === '=') return isSame;
    if (sign === '<' || sign === '<=') return time < first || (sign === '<=' && isSame);
    return (time > first && !isSame) || (sign === '>=' && isSame);
  };
}

function numberOf({ name }: Source, { text, at }: Token): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw whereError(at, `${name} is a number, and ${quote(text)} is none; write one such as 9.99`);
}

function booleanOf({ name }: Source, { text, at }: Token): boolean {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'yes') return true;
  if (word === 'false' || word === 'no') return false;
  throw whereError(
    at,
    `${name} is true or false, and ${quote(text)} is neither; write ${name}, or not ${name}`,
  );
}
