/** Numbers as people write them in files. */

/**
 * The number that a text writes in decimals, such as `-1.5` or `1e3`; NaN when it writes none.
 *
 * @param options - `decimalCommas`: whether a comma may stand before the decimals too. Default: false
 */
export function numberIn(
  text: string,
  { decimalCommas = false }: { readonly decimalCommas?: boolean } = {},
): number {
  const pointed = decimalCommas && /^[+-]?\d*,\d+$/.test(text) ? text.replace(',', '.') : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(pointed) ? Number(pointed) : Number.NaN;
}
