/** Reads whether an item is to be had, from what shops write in such a column. */
import type { FieldValue } from './fields.js';

const yes = namesIn(
  `true yes y t instock available active enabled on published limitedavailability lowstock
  limitedstock onlineonly instoreonly preorder presale backorder madetoorder`,
);
const no = namesIn(
  `false no n f outofstock notinstock soldout unavailable notavailable inactive disabled off
  unpublished discontinued draft archived deleted none`,
);

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Whether a value says that an item is to be had: a word, or a number of pieces. Null where it says neither. */
export function availabilityOf(value: FieldValue): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value > 0;
  if (typeof value === 'object') return null;
  if (/^[+-]?\d+([.,]\d+)?$/.test(value)) return Number(value.replace(',', '.')) > 0;
  // Such as https://schema.org/InStock.
  const word = value
    .replace(/^.*\//, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  if (yes.has(word)) return true;
  return no.has(word) ? false : null;
}
