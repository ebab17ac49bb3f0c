/** Finds a field that a JSON object has twice: `JSON.parse` keeps the last one and says nothing. */

/**
 * @param json - a JSON text; in a malformed one, what is found may be wrong
 * @returns the name of the first field that stands twice in one object; null if there is none
 */
export function repeatedField(json: string): string | null {
  /** For each object around the place its fields so far, null for a list. */
  const around: (Set<string> | null)[] = [];
  let isName = false;
  for (let k = 0; k < json.length; k++) {
    const character = json[k];
    if (character === '{') around.push(new Set());
    else if (character === '[') around.push(null);
    else if (character === '}' || character === ']') around.pop();
    else if (character === '"') {
      const begin = k;
      k = endOfText(json, begin);
      const fields = isName && around.at(-1);
      if (fields) {
        const name = unquoted(json.slice(begin, k + 1));
        if (name !== null && fields.has(name)) return name;
        if (name !== null) fields.add(name);
      }
    }
    if (character === '{' || character === ',') isName = true;
    else if (character === '"' || character === '[') isName = false;
  }
  return null;
}

/** The place of the closing quote; the end of the JSON where there is none. */
function endOfText(json: string, begin: number): number {
  for (let k = begin + 1; k < json.length; k++) {
    if (json[k] === '\\') k++;
    else if (json[k] === '"') return k;
  }
  return json.length;
}

/** Two spellings of a name, such as `"a"` and `"\u0061"`, are one. */
function unquoted(text: string): string | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
