/** What separates the fields of a text table: the delimiters, and their names. */

/** The delimiters. A blank stands for one or more blanks or tabs. */
export const delimiters = [',', ';', '|', '\t', '::', ' '] as const;
export type Delimiter = (typeof delimiters)[number];

/** Each delimiter as a flag writes it, and in words. */
export const delimiterNames: Readonly<
  Record<Delimiter, { readonly flag: string; readonly words: string }>
> = {
  ',': { flag: ',', words: 'commas' },
  ';': { flag: ';', words: 'semicolons' },
  '|': { flag: '|', words: 'bars' },
  '\t': { flag: 'tab', words: 'tabs' },
  '::': { flag: '::', words: 'pairs of colons' },
  ' ': { flag: 'blank', words: 'blanks' },
};

/** Whether `"` quotes a field of a file with a delimiter, unless the caller says otherwise. */
export function isQuoting(delimiter: Delimiter): boolean {
  return delimiter !== '\t' && delimiter !== '::';
}

/** Whether a number may have a comma before its decimals. */
export function hasDecimalCommas(delimiter: Delimiter): boolean {
  return delimiter === ';';
}

/** The delimiter that a line such as `sep=;` tells Excel; null for another line, an empty text for another delimiter. */
export function excelDelimiter(line: string): Delimiter | '' | null {
  const match = /^"?sep=(.?)"?[,;|\t]*$/i.exec(line);
  return match === null ? null : (delimiters.find((known) => known === match[1]) ?? '');
}

/** The delimiter that a flag names: itself, or its name; null when it names none. */
export function delimiterNamed(text: string): Delimiter | null {
  if (text === '\\t') return '\t';
  if (text === 'space') return ' ';
  return (
    delimiters.find((one) => one === text || delimiterNames[one].flag === text.toLowerCase()) ??
    null
  );
}
