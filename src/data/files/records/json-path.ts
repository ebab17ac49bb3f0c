/** Values in objects by their paths, such as `user.id`. */

/** How deep keys are looked for. */
const maxDepth = 4;

/** The paths of an object's values that are no objects, in the order of its keys; of a list, its own. */
export function pathsOf(value: object, prefix = '', depth = 1): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const path = `${prefix}${key}`;
    return isObject(inner) && depth < maxDepth ? pathsOf(inner, `${path}.`, depth + 1) : [path];
  });
}

/** The value at a path: that of the key that is called so, else that of a key of an object in the object. */
export function valueAt(object: object, path: string): unknown {
  if (Object.hasOwn(object, path)) return (object as Record<string, unknown>)[path];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(object, path.slice(0, dot))
      ? (object as Record<string, unknown>)[path.slice(0, dot)]
      : undefined;
    const value = isObject(inner) ? valueAt(inner, path.slice(dot + 1)) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
